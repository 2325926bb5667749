"""Takes the demonstration out of a home, so that a team's own data can come in."""

import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.common.demo_clock import remove_clock
from miyabi_dw.common.errors import BadRequest, Busy
from miyabi_dw.common.files import write_atomically
from miyabi_dw.common.paths import cold_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import databases, statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.embedded import DATABASES
from miyabi_dw.db.embedded.layout import Layout
from miyabi_dw.demo.source import State, rows_in, state_of
from miyabi_dw.reports import assets, chain, morning

logger = logging.getLogger(__name__)

NAME = "miyabi-dw:demo remove"
MAINTENANCE = "postgres"


@dataclass(frozen=True, slots=True)
class Held:
    """What a removal takes: rows of the source, runs of the warehouse with their pages, cold months."""

    source: str
    rows: int
    runs: int
    pages: tuple[Path, ...]
    cold: Path | None


def held(settings: Settings) -> Held:
    """BadRequest where the home holds no demonstration, Busy while one of its runs is at work."""
    database = Database(settings)
    _check(database, settings)
    with database.connect("owner", application_name=NAME) as connection:
        runs, pages = _runs(connection, settings)
    cold = cold_folder(settings.home)
    with database.connect("source_owner", application_name=NAME) as connection:
        rows = rows_in(connection)
    return Held(database.describe("source_owner"), rows, runs, pages, cold if cold.exists() else None)


def remove_demonstration(settings: Settings) -> Held:
    """Removes all of `held`; killed half way it can be repeated, since the source's mark goes last."""
    taken, database = held(settings), Database(settings)
    for folder in taken.pages:
        shutil.rmtree(folder, ignore_errors=True)
    _tidy(settings.reports_dir, {folder.name for folder in taken.pages})
    if taken.cold:
        shutil.rmtree(taken.cold)
    with database.connect("source_owner", application_name=NAME, autocommit=True, dbname=MAINTENANCE) as connection:
        for role in ("owner", "source_owner"):
            databases.drop(connection, DATABASES[role])
    # The server sets itself up again when next asked for: databases, extension and rights.
    Layout(settings.home).provisioned.unlink(missing_ok=True)
    remove_clock(settings.home)
    logger.info("the demonstration is removed from %s", settings.home)
    return taken


def _check(database: Database, settings: Settings) -> None:
    if not (database.is_embedded("source_owner") and database.is_embedded("owner")):
        raise BadRequest(
            "the demonstration runs on the embedded server only", str(settings.home), "unset the URLs of the databases"
        )
    if not Layout(settings.home).data.is_dir() or not _state(database).is_demonstration:
        raise BadRequest("this home holds no demonstration", str(settings.home), "set MIYABI_HOME to the one that does")


def _state(database: Database) -> State:
    with database.connect("source_owner", application_name=NAME) as connection:
        return state_of(connection)


def _runs(connection: Connection, settings: Settings) -> tuple[int, tuple[Path, ...]]:
    if not statements.value_as(bool, connection, "demo/source/has_registry"):
        return 0, ()
    working = statements.values_as(str, connection, "demo/source/at_work")
    if working:
        raise Busy("a run is at work", working[0], "wait for its end, or cancel it")
    paths = statements.values_as(str, connection, "demo/source/pages")
    folders = tuple(settings.reports_dir / path for path in paths)
    return statements.value_as(int, connection, "demo/source/runs"), tuple(each for each in folders if each.is_dir())


def _tidy(reports: Path, gone: set[str]) -> None:
    """Out of what all runs share: their lines of the chain; with the last run the pages that list them, too."""
    rest = [told for told in chain.read(reports / chain.FILE) if told.get("run_id") not in gone]
    if rest:
        write_atomically(reports / chain.FILE, "".join(json.dumps(told) + "\n" for told in rest).encode())
        return
    for name in (chain.FILE, morning.FILE, "index.html"):
        (reports / name).unlink(missing_ok=True)
    shutil.rmtree(reports / assets.FOLDER, ignore_errors=True)
    for page in sorted(reports.glob("*/*/*/index.html")):
        page.unlink()
    for folder in sorted((path for path in reports.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
