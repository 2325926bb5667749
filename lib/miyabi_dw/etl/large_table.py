"""Loads a table that its fact carries: months that the fact does not have in bulk, the rest as far as it differs.

What it runs lies under sql/load/<fact>/ and in sql/load/<fact>.sql.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import one_as, rows_as, run
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.bulk_load import view_names, write_months
from miyabi_dw.etl.tables import SourceTable

# A month that is new to the fact and has at least so many rows is written in bulk.
BULK_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the batch (yyyymm), and whether the fact has it: as a partition, or archived."""

    month_key: int
    row_count: int
    has_partition: bool
    is_archived: bool

    @property
    def has_place(self) -> bool:
        """Whether no partition has to be made for the month: it is there, or must not be there."""
        return self.has_partition or self.is_archived

    @property
    def is_bulk(self) -> bool:
        return not self.has_place and self.row_count >= BULK_ROWS


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of one table a load inserted, updated, left unchanged and deleted."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    @property
    def is_written(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True, slots=True)
class Scope:
    """The condition on the fact for what is merged, and whether any row outside of it is to leave."""

    scope: str
    has_unfit: bool


class LargeTable:
    """The steps of the load that concern one large table, in the load's transaction."""

    def __init__(self, stage: StageContext, warehouse: Connection, table: SourceTable) -> None:
        self.stage, self.warehouse, self.fact = stage, warehouse, table.carried_by
        self.table = table.table
        self.months: list[Month] = []
        self.bulk: list[int] = []

    def list_months(self) -> list[int]:
        """The months of the batch's rows; those of archived months go to quarantine."""
        self.months = rows_as(Month, self.warehouse, self._name("months"), self._values())
        if self._has_archived():
            run(self.warehouse, "etl/transform/make_table", {"source_table": self.table})
            self._run("quarantine_archived")
        return [month.month_key for month in self.months]

    def load(self) -> Counts:
        """What became of the rows."""
        self._run("keys")
        self._run("view", view_names(self.fact))
        self.bulk = self._bulk_months()
        inserted = self._write_in_bulk() if self.bulk else 0
        batch = f"{'remaining' if self.bulk else 'new'}_{self.fact}"
        if not all(month.has_place for month in self.months):
            run(self.warehouse, "load/add_months", {"fact": self.fact}, batch=batch)
        scope = one_as(Scope, self.warehouse, self._name("scope"), self._values())
        left = sum(month.row_count for month in self.months if self._is_left(month))
        values = self._values(batch=batch, scope=scope.scope, row_count=left)
        merged = one_as(Counts, self.warehouse, self._name("merge"), values)
        unfit = self._delete_unfit() if scope.has_unfit else 0
        return replace(merged, inserted=merged.inserted + inserted, deleted=merged.deleted + unfit)

    def touch(self) -> None:
        """Adds those whose rows changed to the issues that the load restates."""
        self._run("touched")

    def _has_archived(self) -> bool:
        return any(month.is_archived for month in self.months)

    def _bulk_months(self) -> list[int]:
        """None where rows of an archived month went to quarantine: the connections that write do not see that yet."""
        return [] if self._has_archived() else [month.month_key for month in self.months if month.is_bulk]

    def _is_left(self, month: Month) -> bool:
        """Whether the month's rows are to be merged: neither written in bulk nor quarantined as archived."""
        return not month.is_archived and month.month_key not in self.bulk

    def _delete_unfit(self) -> int:
        return int(run(self.warehouse, self._name("unfit"), self._values())[0]["deleted"])

    def _write_in_bulk(self) -> int:
        moved = run(self.warehouse, self._name("leave_other_months"), self._values())[0]
        if moved["moved"]:
            run(self.warehouse, "load/touch_issues", {"issue_ids": moved["issue_ids"]})
        inserted = write_months(self.stage, self.warehouse, self.fact, self.bulk)
        self._run("attach_months")
        self._run("remaining", is_left=len(self.bulk) < len(self.months))
        return inserted

    def _run(self, step: str, names: dict[str, str] | None = None, **values: Any) -> None:
        run(self.warehouse, self._name(step), self._values(**values), **(names or {}))

    def _name(self, step: str) -> str:
        return f"load/{self.fact}/{step}"

    def _values(self, **values: Any) -> Mapping[str, Any]:
        return self.stage.parameters | {"bulk_months": self.bulk} | values
