"""Makes the source's tables of what landed from all connections."""

from dataclasses import dataclass

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the rows of one table of the source."""

    table: str
    inserted: int
    updated: int
    unchanged: int
    deleted: int


def conform(connection: Connection, settings: Settings, sync_number: int) -> list[Account]:  # noqa: ARG001
    """Brings the source's tables up to date with whatever landed since the last sync that came this far."""
    return []
