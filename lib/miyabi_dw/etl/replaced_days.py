"""Days that a recovery wants made again: their rows leave in the transaction of the load that brings the new ones.

A reader sees the old month until the new one is there, wherever the load is interrupted.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as, run, run_count, value_as
from miyabi_dw.etl.batch import StageContext


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one month (yyyymm) of a fact, from midnight to midnight."""

    fact_table: str
    month_key: int
    starts_at: datetime
    ends_at: datetime


class ReplacedDays:
    """What of it concerns one load: the days that lie in its interval as a whole; most often there are none."""

    def __init__(self, stage: StageContext, warehouse: Connection) -> None:
        self.stage, self.warehouse = stage, warehouse
        wanted = stage.parameters | {"targets": list(stage.pipeline.targets)}
        self.days = rows_as(Days, warehouse, "load/days_to_replace", wanted)

    def take_out(self) -> None:
        """Removes the rows, and makes the load take all that it reads of these days for changed."""
        if self.days:
            run_count(self.warehouse, "load/issues_to_restate")
        for days in self.days:
            self._forget(days)
            run(self.warehouse, "load/replace_days", {"fact": days.fact_table, "month_key": days.month_key})

    def touch(self) -> int:
        """Adds the issues of these days to those that the load restates; how many it had not."""
        return value_as(int, self.warehouse, "load/touch_restated") if self.days else 0

    def _forget(self, days: Days) -> None:
        values = asdict(days)
        for table in self._told_by_others():
            relation = f"staging.{table}"
            run_count(self.warehouse, "load/forget_rows", values | {"relation": relation}, table=relation)
        run_count(self.warehouse, "load/find_issues_to_restate", values, fact=days.fact_table)
        run_count(self.warehouse, "load/forget_issues")

    def _told_by_others(self) -> list[str]:
        """The staged tables that the pipeline reads, without those that others refer to."""
        referred = {other for table in self.stage.tables for other in table.refers_to.values()}
        return [table.table for table in self.stage.staged if table.table not in referred]
