"""Where the runs of a backfill are, from any process and any host: the registry knows."""

from dataclasses import dataclass
from datetime import datetime

from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The stage that a run is at, counted from 1, and how many of its cells are done."""

    interval_start: datetime
    interval_end: datetime
    stage: str
    position: int
    cells_completed: int
    cells_total: int

    @property
    def interval(self) -> Interval:
        return Interval(self.interval_start, self.interval_end)

    @property
    def stages_done(self) -> float:
        """With the part of the stage that is done."""
        return self.position - 1 + self.cells_completed / (self.cells_total or 1)


def under_way(connection: Connection, backfill_id: str) -> list[UnderWay]:
    """In order of their intervals; runs that have not begun a stage are left out."""
    return rows_as(UnderWay, connection, "orchestration/backfill/under_way", {"backfill_id": backfill_id})
