"""From when on the source has data."""

from datetime import datetime

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, DatabaseError
from miyabi_dw.db.statements import run


def data_begins(database: Database, settings: Settings) -> datetime | None:
    """The first event of the source; None when there is none, or when the source cannot say."""
    try:
        with database.connect("source") as connection:
            begins: datetime | None = run(connection, "orchestration/runner/source_begins")[0]["begins_at"]
    except (MiyabiError, DatabaseError):
        return None
    return begins and begins.replace(tzinfo=settings.source_zone)
