"""What a table is, as its file under expectations/ describes it: tables of the source, and targets of the warehouse."""

from collections.abc import Container, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from miyabi_dw.common.errors import SettingsError, SuiteError
from miyabi_dw.common.paths import EXPECTATIONS
from miyabi_dw.common.yaml_files import read_head, read_model, shown
from miyabi_dw.db.statements import source_text
from miyabi_dw.registry.declarations import Pipeline

NAME = r"^[a-z][a-z0-9_]*$"
Family = Literal["integer", "number", "text", "boolean", "timestamp"]
# When the rows of a target are written:
#   own        once a load of a pipeline that names it, by sql/load/<target>.sql
#   dimension  when a table that it reads has changed, by the same file
#   versions   when something of an issue has changed: a dimension with a history
#   carried    month by month, from the large table that it carries, by sql/load/<target>/
#   restated   for each issue of which something has changed, all its rows again
#   catalogue  from sql/catalogue and the calendar
#   measured   on the spot, so that no source can tell it again
Step = Literal["own", "dimension", "versions", "carried", "restated", "catalogue", "measured"]


class Column(BaseModel):
    """What is expected of one column.

    Without one that is not essential its values are unknown, the run says so and goes on; an optional one is what few
    sources have, and nobody is told that it is not there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Family
    essential: bool = True
    optional: bool = False
    nullable: bool = True
    note: str = ""


class SourceTable(BaseModel):
    """One table of the source: the columns that it must have, and how its rows are counted, linked and kept.

    `moment` is what its source query calls event_at. `refers_to` says which columns hold the id of which other table:
    a row is read together with those it refers to. `watched` names further columns whose old values the load wants to
    know. `calendar` names the moments whose days the calendar has to reach; without it, `moment`. A table `carried_by`
    a fact is too large to be kept twice: the fact has all of its rows, and no staging table. A source may lack an
    `optional` one; it then has no rows, and nobody is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = Field(pattern=NAME)
    why: str = Field(min_length=12)
    essential: bool = True
    optional: bool = False
    moment: str = "created_at"
    refers_to: dict[str, str] = {}
    watched: tuple[str, ...] = ()
    calendar: tuple[str, ...] | None = None
    carried_by: str = ""
    columns: dict[str, Column] = Field(min_length=1)

    @property
    def moments(self) -> tuple[str, ...]:
        """Its timestamps."""
        return tuple(name for name, column in self.columns.items() if column.family == "timestamp")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for key, names in {"refers_to": self.refers_to, "watched": self.watched}.items():
            for name in names:
                if name not in self.columns:
                    raise ValueError(f"{key}: {self.table} has no column {name}")
        for key, names in {"moment": (self.moment,), "calendar": self.calendar or ()}.items():
            for name in names:
                if name not in self.columns or self.columns[name].family != "timestamp":
                    raise ValueError(f"{key}: {self.table} has no column {name} of family timestamp")
        return self

    @property
    def tracked(self) -> tuple[str, ...]:
        """The columns whose old and new values a load has at hand."""
        return tuple(dict.fromkeys((*self.refers_to, *self.watched)))

    @property
    def dated_by(self) -> tuple[str, ...]:
        """The moments whose business days facts fall on."""
        return (self.moment,) if self.calendar is None else self.calendar


class Load(BaseModel):
    """How a target is loaded: at which step, from which source tables, and after which other targets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: Step = "own"
    reads: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class TargetTable(BaseModel):
    """The head of a suite under expectations/facts; the rest of the file is the gate's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    table: str = Field(pattern=NAME)
    load: Load = Load()


def source_table(name: str, root: Path = EXPECTATIONS) -> SourceTable:
    """The description of one source table; SuiteError where it is missing or does not parse."""
    path = root / "source" / f"{name}.yml"
    described = read_model(path, SourceTable)
    if described.table != name:
        raise SuiteError(f"the file describes {described.table!r}", shown(path), "name file and table alike")
    return described


def source_tables(root: Path = EXPECTATIONS) -> dict[str, SourceTable]:
    """The descriptions of all source tables."""
    return {path.stem: source_table(path.stem, root) for path in sorted((root / "source").glob("*.yml"))}


def target_tables(root: Path = EXPECTATIONS) -> dict[str, TargetTable]:
    """Every target that has a suite, each after those that it is loaded after."""
    paths = sorted((root / "facts").glob("*.yml"))
    # The checks below the head are many, and no load has a use for them.
    found = {path.stem: read_head(path, TargetTable, "expectations") for path in paths}
    for name, target in found.items():
        for other in target.load.after:
            if other not in found:
                reason = f"load.after names {other!r}, which has no suite under expectations/facts"
                raise SuiteError(reason, shown(root / "facts" / f"{name}.yml"), "correct load.after")
    order = _levels({name: target.load.after for name, target in found.items()}, root / "facts")
    return {name: found[name] for name in sorted(found, key=lambda name: order[name])}


def step_of(target: str, root: Path = EXPECTATIONS) -> Step:
    """When a target's rows are written; one without a suite is its pipeline's own."""
    return target_tables(root).get(target, TargetTable(table=target)).load.step


def reading_order(tables: Sequence[SourceTable], root: Path = EXPECTATIONS) -> list[SourceTable]:
    """Tables that others refer to come after these, because they are also read for what the others refer to."""
    names = [table.table for table in tables]
    referring = {name: [table.table for table in tables if name in table.refers_to.values()] for name in names}
    order = _levels(referring, root / "source")
    return sorted(tables, key=lambda table: order[table.table])


def pipeline_tables(pipeline: Pipeline, root: Path = EXPECTATIONS) -> tuple[SourceTable, ...]:
    """The tables that a pipeline reads, in its order; SettingsError where it cannot be run on these alone."""
    tables = tuple(source_table(name, root) for name in pipeline.source_tables)
    large = [table for table in tables if table.carried_by]
    if len(large) > 1:
        raise _refused(pipeline, f"{large[0].table} and {large[1].table} are both large", "declare a pipeline for each")
    for other in {other for table in large for other in table.refers_to.values()} - set(pipeline.source_tables):
        reason = f"{large[0].table} is read without {other}, which its rows refer to"
        raise _refused(pipeline, reason, f"add {other} to source_tables and reference_tables")
    return tables


def check_pipeline(pipeline: Pipeline, root: Path = EXPECTATIONS) -> None:
    """Raises a MiyabiError unless every table of the pipeline is described and has its statements under sql/."""
    for table in pipeline_tables(pipeline, root):
        source_text(f"source/{table.table}")
        source_text(f"transform/{table.table}")
    targets = target_tables(root)
    for name in pipeline.targets:
        if name not in targets or targets[name].load.step == "own":
            source_text(f"load/{name}")


def _refused(pipeline: Pipeline, reason: str, remedy: str) -> SettingsError:
    return SettingsError(f"the pipeline cannot read its tables: {reason}", f"{pipeline.name}.toml", remedy)


def check_tables(root: Path = EXPECTATIONS) -> None:
    """Raises SuiteError for the first description that names a table or a target which is not there."""
    sources, targets = source_tables(root), target_tables(root)
    carrying = [name for name, target in targets.items() if target.load.step == "carried"]
    for name, table in sources.items():
        place = shown(root / "source" / f"{name}.yml")
        for column, other in table.refers_to.items():
            _require(other, sources, f"{column} refers to {other!r}", place)
        if table.carried_by and table.carried_by not in carrying:
            reason = f"{table.carried_by!r} is no target with the load step carried"
            raise SuiteError(f"carried_by: {reason}", place, f"choose one of {', '.join(carrying)}")
    for name, target in targets.items():
        for other in target.load.reads:
            _require(other, sources, f"load.reads names {other!r}", shown(root / "facts" / f"{name}.yml"))
    reading_order(list(sources.values()), root)


def _require(name: str, known: Container[str], said: str, place: str) -> None:
    if name not in known:
        remedy = f"add expectations/source/{name}.yml, or correct the name"
        raise SuiteError(f"{said}, which no file under expectations/source describes", place, remedy)


def _levels(before: Mapping[str, Iterable[str]], folder: Path) -> dict[str, int]:
    """How many others stand in a row before each name; SuiteError where they go round in a circle."""
    levels: dict[str, int] = {}
    try:
        for name in TopologicalSorter(before).static_order():
            levels[name] = max((levels[other] + 1 for other in before[name]), default=0)
    except CycleError as error:
        circle = ", ".join(error.args[1])
        raise SuiteError(f"these refer to each other in a circle: {circle}", shown(folder), "break it") from error
    return levels
