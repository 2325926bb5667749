"""The worst day rehearsed: both recoveries in a scratch database beside the warehouse, with the time they took."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from miyabi_dw.common.errors import RecoveryFailed
from miyabi_dw.common.files import Json
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db.connection import ENVIRONMENT, Connection, Database, Role
from miyabi_dw.db.statements import run, values_as
from miyabi_dw.operations import backup
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.operations.backup.verify import scratch_database
from miyabi_dw.operations.recovery.fact import loader_of

FACT = "fact_issue_processing"
ANY_LEVEL = (0, 1, 2)
# These would lead the rehearsal to the real warehouse.
LEFT_BEHIND = ("MIYABI_WAREHOUSE_", "MIYABI_SOURCE_", "MIYABI_HOME", "MIYABI_REPORTS_", "MIYABI_SLACK_", "MIYABI_SMTP_")


@dataclass(frozen=True)
class Rehearsed:
    """Seconds that each recovery took, how many days the facts were compared on, how many of them the backup lacks."""

    backup_id: str
    database_seconds: float
    fact_seconds: float
    facts: Mapping[str, Content]
    days: int
    lacking: int

    @property
    def sentence(self) -> str:
        rows = sum(content.rows for content in self.facts.values())
        first = f", {counted(self.lacking, 'day')} of them for the rehearsal alone" if self.lacking else ""
        return (
            f"the database came back from {self.backup_id} in {self.database_seconds:.0f} s and {FACT} from the source"
            f" in {self.fact_seconds:.0f} s; {rows:,} rows of {len(self.facts)} facts on {counted(self.days, 'day')}"
            f" that had been loaded{first} are the same before and after"
        )


def drill(database: Database, settings: Settings, as_of: datetime, wanted: str = "latest") -> Rehearsed:
    """RecoveryFailed when either recovery fails or a fact's rows differ afterwards; the warehouse is only read."""
    folder = backup.find(settings, wanted)
    with scratch_database(database) as dbname, tempfile.TemporaryDirectory(prefix="miyabi-drill-") as home:
        environment = _environment(database, settings, dbname, Path(home))
        clock = ["--as-of", as_of.isoformat()]
        # Of the month that began today nothing is over yet.
        day = local_day(as_of, settings.business_zone) - timedelta(days=1)
        whole = ["recover", "database", "--backup", str(folder), "--json"]
        took_database = timed_command(environment, [*clock, *whole], ANY_LEVEL)
        restored = _loaded_days(database, dbname)
        # A load brings in what the source has changed since, and days of the month that were never loaded: an ordinary
        # one does so before the comparison begins, so that the recovery has nothing to add.
        month = ["--from", str(day.replace(day=1)), "--to", str(day), "--json"]
        timed_command(environment, [*clock, "run", loader_of(FACT).name, *month], (0,))
        days = _loaded_days(database, dbname)
        before = _facts(database, dbname, days)
        took_fact = timed_command(environment, [*clock, "recover", "fact", FACT, *month], (0,))
        after = _facts(database, dbname, days)
    for name in before:
        if before[name] != after[name]:
            raise RecoveryFailed(f"{name} differs after its rehearsal: {before[name]}, {after[name]}", str(folder))
    return Rehearsed(folder.name, took_database, took_fact, after, len(days), len(days) - len(restored))


def _loaded_days(database: Database, dbname: str) -> list[int]:
    """The days of which anything was loaded, as yyyymmdd; the day that is not over is none of them."""
    with _connect(database, dbname) as connection:
        return values_as(int, connection, "operations/recovery/loaded_days")


def _facts(database: Database, dbname: str, days: Sequence[int]) -> dict[str, Content]:
    """Rows and checksum of each fact on these days, without the number of the run that wrote a row."""
    with _connect(database, dbname) as connection:
        names = [row["fact"] for row in run(connection, "operations/recovery/facts")]
        return {
            name: Content(**run(connection, "operations/recovery/content", {"days": days}, table=f"public.{name}")[0])
            for name in names
        }


def _connect(database: Database, dbname: str) -> AbstractContextManager[Connection]:
    return database.connect("owner", application_name="miyabi-dw:drill", dbname=dbname)


def _environment(database: Database, settings: Settings, dbname: str, home: Path) -> dict[str, str]:
    """The same settings, but for where everything is; logins go by files that nobody else can read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_BEHIND)}
    logins = {"WAREHOUSE": _login(database, "owner", dbname=dbname), "SOURCE": _login(database, "source")}
    for name, login in logins.items():
        path = home / f"{name.lower()}_url"
        path.touch(mode=0o600)
        path.write_text(login, encoding="utf-8")
        kept[f"MIYABI_{name}_URL_FILE"] = str(path)
    places = {"MIYABI_HOME": str(home / "home"), "MIYABI_REPORTS_DIR": str(home / "reports")}
    zones = {"MIYABI_SOURCE_TIMEZONE": settings.source_timezone, "MIYABI_BUSINESS_TIMEZONE": settings.business_timezone}
    return kept | places | zones | {"MIYABI_WAREHOUSE_ROLES": str(settings.warehouse_roles).lower()}


def _login(database: Database, role: Role, **changes: str) -> str:
    """The role's connection in libpq's words; its options are given again by whoever connects."""
    words = {variable: key for key, variable in ENVIRONMENT.items() if key != "options"}
    given = {words[name]: value for name, value in database.client_environment(role).items() if name in words}
    return " ".join(f"{key}={_quoted(value)}" for key, value in (given | changes).items())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def timed_command(environment: Mapping[str, str], arguments: Sequence[str], accepted: Sequence[int]) -> float:
    """Seconds that a command of ours took; RecoveryFailed with the cause where it ends otherwise than accepted."""
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "miyabi_dw", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    told = _json(done.stdout)
    # A command that was refused tells its error as JSON, too, with an exit status that a monitor's level may have.
    if done.returncode not in accepted or not isinstance(told, dict) or "error" in told:
        raise RecoveryFailed(f"the rehearsal failed: {_cause(done.stdout, done.stderr)}", " ".join(arguments))
    return perf_counter() - began


def _cause(stdout: str, stderr: str) -> str:
    """What the command gave as its reason: in what it told as JSON, else in its last line."""
    told = _json(stdout)
    words = [str(told[key]) for key in ("reason", "remedy") if told.get(key)] if isinstance(told, dict) else []
    lines = (stderr if stderr.strip() or told is not None else stdout).strip().splitlines()
    return "; ".join(words) or (lines[-1] if lines else "no reason given")


def _json(text: str) -> Json | None:
    try:
        told: Json = json.loads(text)
    except ValueError:
        return None
    return told
