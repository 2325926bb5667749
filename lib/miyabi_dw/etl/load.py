"""Loads the conformed batch in one transaction, so that a reader sees the day before or the day after, never half."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, frame, query_columns
from miyabi_dw.db.statements import one_as, run, run_count, statement, value_as, values_as
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.catalogue import calendar_covers, extend_calendar
from miyabi_dw.etl.large_table import Counts, LargeTable
from miyabi_dw.etl.replaced_days import ReplacedDays
from miyabi_dw.etl.tables import TargetTable, target_tables
from miyabi_dw.etl.windows import around

if TYPE_CHECKING:
    import pandas

logger = logging.getLogger(__name__)

OUTCOMES = tuple(field.name for field in fields(Counts))


def load(stage: StageContext) -> "pandas.DataFrame":
    """What became of the rows of each target. Committed whole, or not at all."""
    with stage.warehouse() as warehouse:
        _require_conformed(stage, warehouse)
        loader = Loader(stage, warehouse)
        loader.load()
        counts = {target: asdict(counts) for target, counts in loader.counts.items()}
        logger.info("%s loaded its batch: %s", stage.run_id, counts)
        return frame(warehouse, statement("etl/batch/fact_counts"), stage.parameters)


def _require_conformed(stage: StageContext, warehouse: Connection) -> None:
    wanted = stage.parameters | {"tables": list(stage.pipeline.source_tables)}
    missing = values_as(str, warehouse, "load/missing_tables", wanted)
    if missing:
        raise BadRequest(
            f"the batch of run {stage.run_id} has no conformed rows of {missing[0]}",
            remedy="run the stages 01_extract, 02_transform and 03_gate of this run first",
        )


class Loader:
    """The steps of one load, all on one connection and in one transaction."""

    def __init__(self, stage: StageContext, warehouse: Connection) -> None:
        self.stage = stage
        self.warehouse = warehouse
        self.targets = target_tables()
        self.large = LargeTable(stage, warehouse, stage.large) if stage.large else None
        self.replaced = ReplacedDays(stage, warehouse)
        self.counts: dict[str, Counts] = {}
        # Source tables that have brought something new, or may have: of a large one only its load tells. Days that are
        # replaced lack what each table has of them.
        self.news = {table.table for table in stage.tables if table.carried_by or self.replaced.days}

    def load(self) -> None:
        self._run("start_over")
        self._run("prepare_session")
        self._run("lock_targets", targets=self._locked())
        self.replaced.take_out()
        self._stage_rows()
        if "deployment_pipelines" in self.news:
            self._run("deployment_ends")
        self._cover_calendar(self.large.list_months() if self.large else [])
        self._load_dimensions()
        self._load_large()
        self._load_restated()
        for target in self._own():
            # sql/load/<target>.sql ends with the counts of what it did.
            self.counts[target] = self._count(target)
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
            names = {"staged": f"stg_{name}", "staging": f"staging.{name}", "changes": f"change_{name}"}
            values = names | {"source_table": name, "tracked": list(table.tracked)}
            counts = self._count("merge_staging", **values)
            if counts.is_written:
                self.news.add(name)
            self._record_rows(name, counts)

    def _cover_calendar(self, months: list[int]) -> None:
        moments = statement("load/months_days")
        for table in self.stage.staged:
            for moment in table.dated_by:
                moments = around("load/and_moments", moments, staged=f"stg_{table.table}", moment=moment)
        values = self.stage.parameters | {"months": months}
        _, days = query_columns(self.warehouse, around("load/calendar_bounds", moments), values)
        first, last = days[0]
        if first is not None and not calendar_covers(self.warehouse, first, last):
            extend_calendar(self.warehouse, first, last)

    def _load_dimensions(self) -> None:
        for target in self._at("dimension"):
            if self._concerns(target):
                self.counts[target.table] = self._count(target.table)
        touched = value_as(int, self.warehouse, "load/touched_issues", self.stage.parameters)
        if touched + self.replaced.touch():
            self._run("wanted_issues")
            for target in self._at("versions"):
                self.counts[target.table] = self._count(target.table)
                self._run(f"{target.table}_versions")
        self._run("issue_version")

    def _load_large(self) -> None:
        if self.large is None:
            return
        counts = self.large.load()
        if not counts.is_written:
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
            self.counts[fact] = self._count(f"merge_{fact}")
        self._run("mark_dirty_deployments")
        self._run("mark_dirty_issues")

    def _settle_quarantine(self) -> None:
        wanted = {"tables": list(self.stage.pipeline.source_tables)}
        for table in values_as(str, self.warehouse, "load/waiting_tables", wanted):
            values = self.stage.parameters | {"source_table": table}
            run(self.warehouse, "load/release_quarantine", values, staged=f"stg_{table}")
        self._run("quarantine_rejected")

    def _record_rows(self, table: str, counts: Counts) -> None:
        values = self.stage.parameters | {"source_table": table} | asdict(counts)
        run_count(self.warehouse, "load/record_rows", values)

    def _record(self) -> None:
        untouched = dict.fromkeys(self.stage.pipeline.targets, Counts())
        written = {target: counts for target, counts in self.counts.items() if counts.is_written}
        told = untouched | {target: self.counts[target] for target in self.counts.keys() & untouched.keys()} | written
        columns = {outcome: [getattr(counts, outcome) for counts in told.values()] for outcome in OUTCOMES}
        run_count(self.warehouse, "load/record_facts", self.stage.parameters | {"targets": list(told)} | columns)
        run_count(self.warehouse, "load/record_days", self.stage.parameters)

    def _run(self, name: str, **values: Any) -> None:
        run(self.warehouse, f"load/{name}", self.stage.parameters | values)

    def _count(self, name: str, **values: Any) -> Counts:
        return one_as(Counts, self.warehouse, f"load/{name}", self.stage.parameters | values)
