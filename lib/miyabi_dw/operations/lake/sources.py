"""The files that a name stands for: the warehouse's rows, copied out as Parquet, and the months in cold storage.

All rows of a session are of one moment: they are copied out in one transaction, in which no month can leave or return.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.cold_storage.files import schema_of, write, write_typed
from miyabi_dw.registry.cold_files import ColdFile, recorded, refuse_fault
from miyabi_dw.registry.cold_numbers import own_names
from miyabi_dw.registry.cold_rows import FORMAT, FactColumn, columns_of, format_of, opened, refuse_unknown

ALL = "v_all_"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view of the warehouse; only a fact can have months in cold storage."""

    name: str
    is_fact: bool


@dataclass(frozen=True, slots=True)
class Source:
    """What a name stands for: these columns of these files."""

    name: str
    columns: Sequence[str]
    files: Sequence[Path]


def sources(
    connection: Connection, settings: Settings, names: Collection[str], columns: Collection[str] | None, folder: Path
) -> list[Source]:
    """One for each name; BadRequest for one that there is not, ArchiveDamaged for a damaged month."""
    known = {relation.name: relation for relation in _relations(connection)}
    offered = {**known, **{f"{ALL}{name}": known[name] for name in known if known[name].is_fact}}
    for name in sorted(set(names) - offered.keys()):
        near = did_you_mean(name, offered) or f"a fact with its cold months is {ALL}<fact>"
        raise BadRequest(f"the lake has no table {name!r}", remedy=near)
    facts = sorted({offered[name].name for name in names if offered[name].is_fact})
    statements.run(connection, "operations/cold_storage/begin_reading")
    for fact in facts:
        statements.run(connection, "operations/cold_storage/keep_months", fact=fact)
    cold = [file for file in recorded(connection) if file.is_only_copy]
    return [_source(connection, settings, name, offered[name], columns, folder, cold) for name in sorted(names)]


def _relations(connection: Connection) -> list[Relation]:
    found = statements.rows_as(Relation, connection, "operations/cold_storage/relations")
    connection.rollback()
    return found


def _source(
    connection: Connection, settings: Settings, name: str, of: Relation, columns: Collection[str] | None, folder: Path,
    cold: Sequence[ColdFile],
) -> Source:  # fmt: skip
    whole = columns_of(connection, f"public.{of.name}")
    wanted = [column for column in whole if columns is None or column.name in columns] or whole[:1]
    files = [_copied(connection, of, wanted, folder)]
    if name != of.name:
        months = [file for file in cold if file.fact_table == of.name]
        files += list(_months(settings, months, [column.name for column in whole], folder))
    return Source(name, [column.name for column in wanted], files)


def _copied(connection: Connection, of: Relation, wanted: Sequence[FactColumn], folder: Path) -> Path:
    path = folder / of.name / "warehouse.parquet"
    if not path.is_file():
        write(connection, f"public.{of.name}", schema_of(wanted), path, "copy_columns")
    return path


def _months(settings: Settings, months: Sequence[ColdFile], known: Sequence[str], folder: Path) -> Iterator[Path]:
    """The files of months as this version writes them; those of an older one are brought to it in the folder."""
    for month in months:
        refuse_fault(settings, month)
        path = month.path(settings)
        file = opened(path)
        refuse_unknown(path, own_names(file.schema_arrow), known)
        if format_of(file) == FORMAT:
            yield path
        else:
            typed = folder / month.fact_table / f"{month.month_key}.parquet"
            write_typed(path, typed)
            yield typed
