"""Loads the conformed batch in one transaction, so that a reader sees the day before or the day after, never half."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, frame, query
from miyabi_dw.db.statements import run, run_count, statement
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.catalogue import calendar_covers, extend_calendar
from miyabi_dw.etl.large_table import LargeTable
from miyabi_dw.etl.tables import TargetTable, target_tables
from miyabi_dw.etl.windows import around

if TYPE_CHECKING:
    import pandas

logger = logging.getLogger(__name__)

Counts = dict[str, int]
OUTCOMES = ("inserted", "updated", "unchanged", "deleted")


def load(stage: StageContext) -> "pandas.DataFrame":
    """What became of the rows of each target. Committed whole, or not at all."""
    with stage.warehouse() as warehouse:
        _require_conformed(stage, warehouse)
        loader = Loader(stage, warehouse)
        loader.load()
        logger.info("%s loaded its batch: %s", stage.run_id, loader.counts)
        return frame(warehouse, statement("etl/batch/fact_counts"), stage.parameters)


def _require_conformed(stage: StageContext, warehouse: Connection) -> None:
    missing = run(warehouse, "load/missing_tables", stage.parameters | {"tables": list(stage.pipeline.source_tables)})
    if missing:
        raise BadRequest(
            f"the batch of run {stage.run_id} has no conformed rows of {missing[0]['table_name']}",
            remedy="run the stages 01_extract, 02_transform and 03_gate of this run first",
        )


class Loader:
    """The steps of one load, all on one connection and in one transaction."""

    def __init__(self, stage: StageContext, warehouse: Connection) -> None:
        self.stage = stage
        self.warehouse = warehouse
        self.targets = target_tables()
        self.large = LargeTable(stage, warehouse, stage.large) if stage.large else None
        self.counts: dict[str, Counts] = {}
        # Source tables that have brought something new, or may have: of a large one only its load tells.
        self.news = {stage.large.table} if stage.large else set[str]()

    def load(self) -> None:
        self._run("start_over")
        self._run("prepare_session")
        self._run("lock_targets", targets=self._locked())
        self._stage_rows()
        self._cover_calendar(self.large.list_months() if self.large else [])
        self._load_dimensions()
        self._load_large()
        self._load_restated()
        for target in self._own():
            # sql/load/<target>.sql ends with the counts of what it did.
            self.counts[target] = self._run(target)[0]
        self._settle_quarantine()
        self._record()

    def _locked(self) -> list[str]:
        partitioned = [target.table for target in self._at("carried", "restated")]
        return sorted([*partitioned, "staging"])

    def _at(self, *steps: str) -> Iterator[TargetTable]:
        return (target for target in self.targets.values() if target.load.step in steps)

    def _own(self) -> list[str]:
        """The pipeline's own targets; those without a suite last."""
        asked = self.stage.pipeline.targets
        known = [target.table for target in self._at("own") if target.table in asked]
        return known + sorted(set(asked) - self.targets.keys())

    def _concerns(self, target: TargetTable) -> bool:
        return bool(self.news.intersection(target.load.reads))

    def _stage_rows(self) -> None:
        """The last known version of each row of the staged tables."""
        for table in self.stage.staged:
            name = table.table
            names: dict[str, Any] = {"staged": f"stg_{name}", "staging": f"staging.{name}", "changes": f"change_{name}"}
            values = names | {"source_table": name, "tracked": list(table.tracked)}
            counts = self._run("merge_staging", **values)[0]
            if _is_written(counts):
                self.news.add(name)
            self._record_rows(name, counts)

    def _cover_calendar(self, months: list[int]) -> None:
        moments = statement("load/months_days")
        for table in self.stage.staged:
            for moment in table.dated_by:
                moments = around("load/and_moments", moments, staged=f"stg_{table.table}", moment=moment)
        values = self.stage.parameters | {"months": months}
        days = query(self.warehouse, around("load/calendar_bounds", moments), values)[0]
        first, last = days["first_day"], days["last_day"]
        if first is not None and not calendar_covers(self.warehouse, first, last):
            extend_calendar(self.warehouse, first, last)

    def _load_dimensions(self) -> None:
        for target in self._at("dimension"):
            if self._concerns(target):
                self.counts[target.table] = self._run(target.table)[0]
        if self._run("touched_issues")[0]["issues"]:
            self._run("wanted_issues")
            for target in self._at("versions"):
                self.counts[target.table] = self._run(target.table)[0]
                self._run(f"{target.table}_versions")
        self._run("issue_version")

    def _load_large(self) -> None:
        if self.large is None:
            return
        counts = self.large.load()
        if not _is_written(counts):
            self.news.discard(self.large.table)
        self._record_rows(self.large.table, counts)
        self.counts[self.large.fact] = counts

    def _load_restated(self) -> None:
        """All facts of every issue of which something changed."""
        if not any(self._concerns(target) for target in self._at("restated")):
            return
        if self.large:
            self.large.touch()
            self._run("issue_version")
        self._run("restate_versions")
        for target in self._at("restated"):
            fact = target.table
            self._run(fact)
            run(self.warehouse, "load/add_months", {"fact": fact}, batch=f"new_{fact}")
            self.counts[fact] = self._run(f"merge_{fact}")[0]
        self._run("mark_dirty_deployments")
        self._run("mark_dirty_issues")

    def _settle_quarantine(self) -> None:
        for row in self._run("waiting_tables", tables=list(self.stage.pipeline.source_tables)):
            table = row["source_table"]
            self._run("release_quarantine", source_table=table, identifiers={"staged": f"stg_{table}"})
        self._run("quarantine_rejected")

    def _record_rows(self, table: str, counts: Counts) -> None:
        run_count(self.warehouse, "load/record_rows", self.stage.parameters | {"source_table": table} | counts)

    def _record(self) -> None:
        untouched = {target: dict.fromkeys(OUTCOMES, 0) for target in self.stage.pipeline.targets}
        written = {target: counts for target, counts in self.counts.items() if _is_written(counts)}
        told = untouched | {target: self.counts[target] for target in self.counts.keys() & untouched.keys()} | written
        columns = {outcome: [counts[outcome] for counts in told.values()] for outcome in OUTCOMES}
        run_count(self.warehouse, "load/record_facts", self.stage.parameters | {"targets": list(told)} | columns)

    def _run(self, name: str, *, identifiers: dict[str, str] | None = None, **values: Any) -> list[dict[str, Any]]:
        return run(self.warehouse, f"load/{name}", self.stage.parameters | values, **(identifiers or {}))


def _is_written(counts: Counts) -> bool:
    return any(counts[outcome] for outcome in ("inserted", "updated", "deleted"))
