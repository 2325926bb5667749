"""Which versions meet here: the program's, the schema's, PostgreSQL's and Python's. Changes and starts nothing."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass, replace

from miyabi_dw import __version__
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.db import embedded, migrations, scripts
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import redacted_error
from miyabi_dw.reports.manifest import checkout

ANSWER_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Versions:
    """`schema` is the warehouse's last numbered migration, null where none was reached; `note` says how things are."""

    program: str
    commit: str | None
    is_changed: bool | None
    python: str
    schema: str | None = None
    schema_of_program: str | None = None
    postgresql: str | None = None
    note: str = ""

    def lines(self) -> list[str]:
        """One line a version."""
        commit = f" ({self.commit[:7]}{', changed' if self.is_changed else ''})" if self.commit else ""
        return [
            f"miyabi-dw   {self.program}{commit}",
            f"schema      {' '.join(filter(None, [self.schema, f'({self.note})' if self.schema else self.note]))}",
            *([f"PostgreSQL  {self.postgresql}"] if self.postgresql else []),
            f"Python      {self.python}",
        ]


def versions(settings: Settings) -> Versions:
    """Answers within seconds, also where the warehouse does not."""
    found = checkout()
    known = Versions(__version__, found.commit, found.is_dirty, platform.python_version())
    known = replace(known, schema_of_program=_last(migration.name for migration in scripts.migrations()))
    if not settings.warehouse_url and not embedded.status(settings):
        return replace(known, note="no warehouse reachable: the embedded server is not running")
    database = Database(settings.model_copy(update={"connect_timeout": ANSWER_SECONDS}))
    try:
        with database.connect(
            "owner", application_name="miyabi-dw:version", statement_timeout=ANSWER_SECONDS
        ) as connection:
            return _with_warehouse(known, connection)
    except MiyabiError as error:
        return replace(known, note=f"no warehouse reachable: {error.finding}")
    except DatabaseError as error:
        return replace(known, note=f"no warehouse reachable: {redacted_error(error)}")


def _with_warehouse(known: Versions, connection: Connection) -> Versions:
    server = connection.info.parameter_status("server_version")
    schema = _last(migrations.applied(connection)) or "none yet"
    return replace(known, schema=schema, postgresql=server, note=_note(connection))


def _note(connection: Connection) -> str:
    try:
        missing = len(migrations.pending(connection))
    except MiyabiError as error:
        return error.finding
    return f"{counted(missing, 'script')} pending: miyabi-dw schema migrate" if missing else "up to date"


def _last(names: Iterable[str]) -> str | None:
    """The highest of the numbered migrations; functions and marts have no number."""
    return max((name for name in names if name[:1].isdigit()), default=None)
