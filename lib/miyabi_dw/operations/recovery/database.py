"""The whole warehouse, from a backup and the source: restored, compared, migrated, brought up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from miyabi_dw import registry, reports
from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Interval, business_day, local_day
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import value_or_none_as
from miyabi_dw.monitor.findings import Finding, Level, headline, worst_level
from miyabi_dw.monitor.health import examine
from miyabi_dw.operations import backup
from miyabi_dw.operations.backup import cold_months
from miyabi_dw.operations.backup.dump import contents
from miyabi_dw.operations.backup.folder import Manifest
from miyabi_dw.operations.backup.job import refuse_differences
from miyabi_dw.operations.backup.reports import unpack
from miyabi_dw.operations.backup.verify import differences
from miyabi_dw.operations.outcome import keep_outcome
from miyabi_dw.operations.recovery.empty_database import (
    NAME,
    ensure_empty,
    ensure_roles,
    progress,
    refuse_older_server,
    tell_progress,
)
from miyabi_dw.orchestration import api, backfill
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.registry import cold_catalogue
from miyabi_dw.registry.cold_files import recorded
from miyabi_dw.registry.declarations import load_declarations


@dataclass(frozen=True)
class Restored:
    """`results` are the runs that brought in what is younger than the backup; `findings` are the monitor's."""

    folder: Path
    manifest: Manifest
    as_of: datetime
    migrations: Sequence[str]
    reports: int
    results: Sequence[RunResult]
    findings: Sequence[Finding]
    restore_seconds: float
    seconds: float
    cold_months: int = 0
    was_interrupted: bool = False

    @property
    def level(self) -> Level:
        return "critical" if any(not result.is_good for result in self.results) else worst_level(self.findings)

    @property
    def sentence(self) -> str:
        rows = sum(content.rows for content in self.manifest.content.values())
        failed = [result.sentence for result in self.results if not result.is_good]
        told = f"; {failed[0]}" if failed else ""
        cold = f"; {counted(self.cold_months, 'file')} of cold storage came back" if self.cold_months else ""
        when = "before it was interrupted" if self.was_interrupted else f"in {self.restore_seconds:.0f} s"
        return (
            f"{counted(rows, 'row')} of {len(self.manifest.content)} tables came back from {self.manifest.backup_id}"
            f" {when}, all as they were backed up{cold}; {counted(len(self.results), 'run')} brought in"
            f" {self._younger}; {self.seconds:.0f} s in all; the monitor says {self.level}{told}"
        )

    @property
    def _younger(self) -> str:
        if self.manifest.started_at <= self.as_of:
            return "what is younger"
        return (
            "what lies after the last loaded day (the backup is younger than the clock, which shows"
            f" {self.as_of:%Y-%m-%d %H:%M %Z})"
        )

    def as_json(self) -> dict[str, object]:
        return {
            "backup_id": self.manifest.backup_id,
            "restore_seconds": round(self.restore_seconds, 3),
            "seconds": round(self.seconds, 3),
            "runs": [result.as_json() for result in self.results],
            "cold_months": self.cold_months,
            "verdict": self.level,
            "findings": [_told(finding) for finding in self.findings],
        }


def _told(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "level": finding.level, "sentence": finding.sentence, "remedy": finding.remedy}


def recover_database(
    database: Database, settings: Settings, wanted: str, as_of: datetime, *, with_reports: bool = False
) -> Restored:
    """From nothing to findings; BadRequest unless the database is empty.

    Interrupted at any point it can be called again: a restore that was not compared begins again, what follows goes on.
    """
    began = perf_counter()
    done = progress(database).restored_backup
    folder = _folder(settings, wanted, done)
    manifest = backup.read_manifest(folder)
    if not done:
        backup.refuse_damaged(folder, manifest)
        ensure_empty(database, settings)
        restore(database, settings, folder, manifest)
    restored = perf_counter()
    with database.connect("owner", application_name=NAME) as connection:
        applied = migrations.migrate(connection)
        cold = cold_months.put_back(settings, folder, recorded(connection))
        cold_catalogue.write(connection, settings)
    with database.connect("etl", application_name=NAME) as connection:
        registry.sync_settings(connection, settings)
    backup.adopt(database, settings)
    unpacked = unpack(settings, folder) if with_reports else 0
    reports.restore_entries(settings, database)
    results = catch_up(database, settings, manifest.started_at, as_of)
    tell_progress(database, has_ended=True)
    findings = examine(database, settings, as_of)
    seconds = restored - began, perf_counter() - began
    return Restored(
        folder, manifest, as_of, applied, unpacked, results, findings, *seconds, cold, was_interrupted=bool(done)
    )


def _folder(settings: Settings, wanted: str, done: str | None) -> Path:
    """The backup's folder; of the one that an interrupted recovery has restored, whichever is the latest by now."""
    folder = backup.find(settings, done if done and wanted == "latest" else wanted)
    if done and folder.name != done:
        raise BadRequest(
            f"the database is being recovered from {done}",
            "that has not ended",
            f"let it go on: miyabi-dw recover database --backup {done}",
        )
    return folder


def restore(database: Database, settings: Settings, folder: Path, manifest: Manifest) -> None:
    """Fills the empty database and compares; until they agree, the database says of itself that it is unfinished."""
    with database.connect("owner", application_name=NAME) as connection:
        refuse_older_server(connection, manifest.server_version)
        ensure_roles(connection, settings)
    tell_progress(database)
    backup.restore_into(database, settings, folder)
    with database.connect("owner", application_name=NAME) as connection:
        refuse_differences(differences(manifest.content, contents(connection)), folder)
    tell_progress(database, manifest.backup_id)


def catch_up(database: Database, settings: Settings, since: datetime, as_of: datetime) -> list[RunResult]:
    """Runs what was over between the backup and now and is not done in the warehouse as restored, oldest first."""
    begins = _catch_up_from(database, settings, since, as_of) - timedelta(days=1)
    first = business_day(begins, settings.business_zone).start
    results: list[RunResult] = []
    for pipeline in sorted(load_declarations().values(), key=lambda found: found.interval or ""):
        if pipeline.kind != "etl" or first >= as_of:
            continue
        try:
            plan = backfill.make_plan(settings, database, pipeline, Interval(first, as_of), as_of)
        except MiyabiError:
            # Nothing of it is over yet.
            continue
        results += [
            api.run(pipeline.name, interval=chunk, as_of=as_of, trigger="backfill", settings=settings)
            for chunk in plan.chunks
        ]
    return results


def _catch_up_from(database: Database, settings: Settings, since: datetime, as_of: datetime) -> date:
    """The day of the backup; the last loaded one where the backup's clock and the one of now tell different times.

    They do when a clock was wrong and when days of the past are played through.
    """
    made, today = (local_day(moment, settings.business_zone) for moment in (since, as_of))
    with database.connect("etl", application_name=NAME) as connection:
        loaded = value_or_none_as(date, connection, "operations/recovery/last_loaded_day", {"today": today})
    return loaded if loaded and (since > as_of or loaded >= made) else made


@dataclass(frozen=True)
class TableRows:
    """A table's rows in the backup and now; `now` is null where it is not there."""

    table: str
    in_backup: int
    now: int | None

    @property
    def state(self) -> str:
        return "not there" if self.now is None else "equal" if self.now == self.in_backup else "changed since"


def open_recovered(wanted: str = "latest") -> list[TableRows]:
    """What the notebook shows after a recovery: each table's rows in the backup and now."""
    settings = load_settings()
    manifest = backup.read_manifest(backup.find(settings, wanted))
    with Database(settings).connect("owner", application_name=NAME) as connection:
        present = contents(connection)
    rows = {name: found.rows for name, found in present.items()}
    return [TableRows(name, content.rows, rows.get(name)) for name, content in manifest.content.items()]


def open_findings(as_of: str = "", run_id: str = "", tables: Sequence[TableRows] = ()) -> list[Finding]:
    """What the monitor says now, kept with the run, below how many tables came back."""
    settings = load_settings()
    database = Database(settings)
    found = examine(database, settings, settings.now(as_of))
    back = sum(table.now is not None for table in tables)
    sentence = f"{back:,} of {counted(len(tables), 'table')} came back; the monitor says: {headline(found)}"
    keep_outcome(database, run_id, "recover_database", sentence, found)
    return found


# By this name notebooks of version 1.0.0 import it.
open_verdict = open_findings
