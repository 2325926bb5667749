"""A sync of the connections as a recorded run, in a warehouse that is ready for it."""

from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.progress import followed
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Database
from miyabi_dw.etl import catalogue
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


def sync_all(settings: Settings, name: str, tell: Listener) -> RunResult:
    """Syncs all connections, or the named one; a run that failed has told what the others brought."""

    def reading(done: int, total: int, unit: str) -> None:
        said = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"
        tell(Event("progress", "", said, stage=STAGE, cell=done, cells=total))

    with followed(settings.home, reading):
        return api.run(SYNC, parameters={"connection": name}, settings=settings, tell=tell)
