"""One night that failed and was healed: the source really refuses its reader while the run tries, and no more after."""

from collections.abc import Iterator
from contextlib import contextmanager

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.demo.days import BAD_NIGHT, daily, healing
from miyabi_dw.operations.past import DAILY, page_of
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.events import Listener


def play(settings: Settings, database: Database, tell: Listener) -> None:
    """The night's run, which finds the source closed, and the one in the morning that loads the day."""
    night, later = daily(settings, BAD_NIGHT), healing(settings)
    with _closed(database):
        api.run(DAILY, as_of=night.as_of, trigger="demo", settings=settings, tell=tell)
    page_of(api.run(DAILY, as_of=later.as_of, trigger="demo", settings=settings, tell=tell))


def reopen(database: Database) -> None:
    """Lets the reader in, also after a process that died while the source was closed."""
    _set(database, "open_source")


@contextmanager
def _closed(database: Database) -> Iterator[None]:
    _set(database, "close_source")
    try:
        yield
    finally:
        reopen(database)


def _set(database: Database, what: str) -> None:
    with database.connect("source_owner", application_name="miyabi-dw:demo") as connection:
        statements.run(connection, f"demo/first_run/{what}")
