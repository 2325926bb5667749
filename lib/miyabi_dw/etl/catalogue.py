"""Brings the catalogues that operators edit as CSV, and the calendar, into the warehouse."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from miyabi_dw import registry
from miyabi_dw.common.errors import CatalogueError
from miyabi_dw.common.paths import CATALOGUE
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, DatabaseError
from miyabi_dw.db.statements import run, run_count, statement
from miyabi_dw.etl.price_list import package_prices

CALENDAR_FIRST = date(2020, 1, 1)
CALENDAR_LAST = date(2035, 12, 31)
COPY_PLACE = re.compile(r"line (\d+)(?:, column (\w+))?")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading one catalogue did, in rows."""

    name: str
    inserted: int
    updated: int
    unchanged: int
    deleted: int

    @property
    def had_rows(self) -> bool:
        """Whether the table was filled before; what a first filling means was already so."""
        return bool(self.updated or self.unchanged or self.deleted)

    @property
    def changed(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


def load_catalogues(connection: Connection, folder: Path = CATALOGUE, as_of: datetime | None = None) -> list[Loaded]:
    """Loads every catalogue file, all or none; a file that is as before writes nothing.

    `as_of` is when a change to an infrastructure resource takes effect; now, if not given.
    """
    run(connection, "etl/catalogue/incoming")
    for name in MERGES:
        _copy_in(connection, folder / f"{name}.csv")
    _check(connection)
    moment = as_of or datetime.now(UTC)
    loaded = [merge(connection, name, moment) for name, merge in MERGES.items()]
    _read_again(connection, {each.name for each in loaded if each.changed and each.had_rows})
    return [*loaded, _rekey_agents(connection)]


def extend_calendar(connection: Connection, first: date = CALENDAR_FIRST, last: date = CALENDAR_LAST) -> Loaded:
    """Gives dim_time every day from `first` to `last`, and of the years between these and what it already has."""
    import holidays

    have = run(connection, "etl/catalogue/calendar_bounds")[0]
    first_year = min(day.year for day in (first, have["first"]) if day)
    last_year = max(day.year for day in (last, have["last"]) if day)
    named = holidays.country_holidays("JP", years=range(first_year, last_year + 1), language="en_US")
    parameters = {
        "first": date(first_year, 1, 1),
        "last": date(last_year, 12, 31),
        "holiday_days": list(named.keys()),
        "holiday_names": list(named.values()),
    }
    return Loaded("calendar", **run(connection, "etl/catalogue/extend_calendar", parameters)[0])


def bring_in(connection: Connection, settings: Settings) -> list[Loaded]:
    """What a warehouse needs after its migrations: catalogues, calendar, and the settings that its functions read."""
    loaded = [*load_catalogues(connection), extend_calendar(connection)]
    registry.sync_settings(connection, settings)
    return loaded


def calendar_covers(connection: Connection, first: date, last: date) -> bool:
    """Whether dim_time already reaches from `first` to `last`."""
    have = run(connection, "etl/catalogue/calendar_bounds")[0]
    return have["first"] is not None and bool(have["first"] <= first and last <= have["last"])


def _copy_in(connection: Connection, path: Path) -> None:
    copy = statement("etl/catalogue/copy_in", incoming=f"incoming_{path.stem}")
    try:
        with connection.cursor() as cursor:
            cursor.copy_expert(copy, io.StringIO(_text(path)))
    except DatabaseError as error:
        raise _located(error, path) from error


def _text(path: Path) -> str:
    try:
        # A spreadsheet marks UTF-8 by a byte order mark, which is no part of the first column's name.
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CatalogueError(f"the file cannot be read, {error.strerror}", str(path), "restore it") from error
    except UnicodeDecodeError as error:
        raise CatalogueError("the file is not UTF-8 text", str(path), "save it as UTF-8") from error


def _located(error: DatabaseError, path: Path) -> CatalogueError:
    found = COPY_PLACE.search(error.diag.context or "")
    line = f"{path}, line {found[1]}" if found else str(path)
    return CatalogueError(_complaint(error, found[2] if found else None), line, "correct the file and load it again")


def _complaint(error: DatabaseError, column: str | None) -> str:
    diagnosis = error.diag
    if diagnosis.sqlstate == "23505":
        key = re.search(r"=\((.*)\) already exists", diagnosis.message_detail or "")
        return f"{key[1]!r} is there twice" if key else "a row is there twice"
    if diagnosis.sqlstate == "23502":
        return f"column {diagnosis.column_name} is empty"
    if diagnosis.sqlstate == "23514":
        return f"a rule is broken: {str(diagnosis.constraint_name).replace('_', ' ')}"
    return f"column {column}: {diagnosis.message_primary}" if column else str(diagnosis.message_primary)


def _check(connection: Connection) -> None:
    """What no single row shows: aliases that name nobody or two, prices that overlap."""
    for name, member, members in (
        ("agent_aliases", "agent_id", "agents"),
        ("label_aliases", "label_name", "labels"),
    ):
        tables = {"aliases": f"incoming_{name}", "members": f"incoming_{members}", "member": member}
        for row in run(connection, "etl/catalogue/faulty_aliases", **tables):
            if row["own_name_of"]:
                what = f"alias {row['alias']!r} is the own name of {row['own_name_of']!r}"
            else:
                what = f"alias {row['alias']!r} means {row['member']!r}, which is not in {members}.csv"
            raise CatalogueError(what, f"{name}.csv", "correct the file and load it again")
    for row in run(connection, "etl/catalogue/overlapping_prices"):
        raise CatalogueError(
            f"{row['llm_provider']} {row['llm_model']} has two prices from {row['valid_from']} on",
            "model_prices.csv",
            "end the earlier one by valid_to",
        )


Merge = Callable[[Connection, str, datetime], Loaded]


def _members(connection: Connection, name: str, _: datetime) -> Loaded:
    return Loaded(name, **run(connection, f"etl/catalogue/merge_{name}")[0])


def _aliases(target: str, member: str, members: str) -> Merge:
    def merge(connection: Connection, name: str, _: datetime) -> Loaded:
        tables = {"target": target, "member": member, "members": f"incoming_{members}", "aliases": f"incoming_{name}"}
        return Loaded(name, **run(connection, "etl/catalogue/merge_aliases", **tables)[0])

    return merge


def _replaced(target: str, *key: str, wanted: str = "incoming") -> Merge:
    def merge(connection: Connection, name: str, _: datetime) -> Loaded:
        tables = {"target": target, "incoming": f"{wanted}_{name}"}
        gone = run(connection, "etl/catalogue/remove_differing", {"key": list(key)}, **tables)[0]
        added = run_count(connection, "etl/catalogue/insert_missing", **tables)
        total = run(connection, "etl/catalogue/count_rows", table=target)[0]["rows"]
        return Loaded(name, added - gone["updated"], gone["updated"], total - added, gone["deleted"])

    return merge


def _prices(connection: Connection, name: str, as_of: datetime) -> Loaded:
    """The package's list with our own file's rows over it."""
    rows = io.StringIO()
    csv.writer(rows).writerows(astuple(price) for price in package_prices())
    rows.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(statement("etl/catalogue/copy_prices"), rows)
    run(connection, "etl/catalogue/wanted_prices")
    merge = _replaced("model_price", "llm_provider", "llm_model", "valid_from", wanted="wanted")
    return merge(connection, name, as_of)


def _infrastructure(connection: Connection, name: str, as_of: datetime) -> Loaded:
    moment = {"as_of": as_of}
    run(connection, "etl/catalogue/wanted_infrastructure", moment)
    run(connection, "etl/catalogue/correct_infrastructure")
    run(connection, "etl/catalogue/close_infrastructure", moment)
    run(connection, "etl/catalogue/insert_infrastructure")
    return Loaded(name, **run(connection, "etl/catalogue/count_infrastructure")[0])


def _read_again(connection: Connection, changed: set[str]) -> None:
    """Rows whose words a changed catalogue takes otherwise than staging has them are read again by the next run."""
    deployments = {"every": bool(changed & {"deployment_states", "environments"})}
    run_count(connection, "etl/catalogue/forget_deployments", deployments)
    run_count(connection, "etl/catalogue/forget_repositories", {"every": "repositories" in changed})
    if "agent_evidence" in changed:
        run_count(connection, "etl/catalogue/judge_again")


def _rekey_agents(connection: Connection) -> Loaded:
    """Facts of agents that the logs named before the catalogue knew the spelling go over to the agent meant."""
    facts = 0
    if run(connection, "etl/catalogue/respelt_agents")[0]["agents"]:
        facts = run(connection, "etl/catalogue/rekey_agents")[0]["facts"]
    return Loaded("facts of agents spelt otherwise", 0, facts, 0, 0)


# In the order in which they must be loaded: members before the spellings that name them.
MERGES: dict[str, Merge] = {
    "agents": _members,
    "agent_aliases": _aliases("agent_alias", "agent_id", "agents"),
    "labels": _members,
    "label_aliases": _aliases("label_alias", "label_name", "labels"),
    "infrastructure": _infrastructure,
    "agent_rules": _replaced("agent_rule", "rank"),
    "model_aliases": _replaced("model_alias", "rank"),
    "model_prices": _prices,
    "deployment_states": _replaced("deployment_state", "pattern"),
    "environments": _replaced("environment_name", "pattern"),
    "repositories": _replaced("repository_name", "spelling"),
    "agent_evidence": _replaced("agent_evidence", "rank"),
    "dora_classes": _replaced("dora_class", "report_year", "metric", "class", "unit"),
}
