"""A sync of the connections as a recorded run, in a warehouse that is ready for it."""

from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.connect.progress import followed
from miyabi_dw.connect.sync import Synced
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Database
from miyabi_dw.etl import catalogue
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.operations.outcome import keep_outcome
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.events import Event, Listener
from miyabi_dw.orchestration.runner.result import RunResult

SYNC, STAGE = "sync_connections", "00_sync"
NAME = "miyabi-dw:sync"


def prepare_once(database: Database, settings: Settings) -> None:
    """Makes the warehouse, or brings ours up to date; one on a server of others is its operator's to migrate."""
    with database.connect("owner", application_name=NAME) as connection:
        is_there = bool(migrations.applied(connection))
        if is_there and not (database.is_embedded("owner") and migrations.pending(connection)):
            return
        migrations.migrate(connection)
    with database.connect("etl", application_name=NAME) as connection:
        catalogue.bring_in(connection, settings)


def keep_synced(run_id: str, done: Synced) -> None:
    """Keeps with the run what the sync brought, in one sentence; a connection that failed is a finding."""
    settings = load_settings()
    read = sum(counts.read for _, landing in done.landings.values() for counts in landing.counts.values())
    sentence = f"{counted(read, 'record')} read by {counted(len(done.landings), 'connection')}."
    findings = [Finding.of(each.connection, f"{each.connection} failed", each.error) for each in done.failures]
    keep_outcome(Database(settings), run_id, SYNC, sentence, findings)


def sync_all(settings: Settings, name: str, tell: Listener) -> RunResult:
    """Syncs all connections, or the named one; a run that failed has told what the others brought."""

    def reading(done: int, total: int, unit: str) -> None:
        said = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"
        tell(Event("progress", "", said, stage=STAGE, cell=done, cells=total))

    with followed(settings.home, reading):
        return api.run(SYNC, parameters={"connection": name}, settings=settings, tell=tell)
