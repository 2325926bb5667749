"""Loads the conformed batch in one transaction, so that a reader sees the day before or the day after, never half."""

import logging
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, frame
from miyabi_dw.db.statements import run, run_count, statement
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.bulk_load import execution_view, fill_months
from miyabi_dw.etl.catalogue import calendar_covers, extend_calendar
from miyabi_dw.etl.windows import EXECUTIONS

if TYPE_CHECKING:
    import pandas

log = logging.getLogger(__name__)

Counts = dict[str, int]

# Columns of a staged table whose old and new values tell which facts are touched.
WATCHED = {
    "issues": ("created_at", "closed_at"),
    "commits": ("issue_id", "commit_sha"),
    "worktree_states": ("associated_issue_id", "worktree_path"),
}
ISSUE = ("issue_id",)
# A month that is new to the fact and has at least so many rows is written in bulk.
BULK_ROWS = 20_000
# In this order: an issue's days are computed from the facts before them.
ISSUE_FACTS = {
    "fact_code_generation": "code_generation",
    "fact_deployment": "deployment",
    "fact_code_change": "code_change",
    "fact_issue_processing": "issue_processing",
}
TARGETS = (
    "dim_agent",
    "dim_label",
    "bridge_issue_label",
    "dim_worktree",
    "dim_issue",
    "fact_agent_execution",
    *ISSUE_FACTS,
)
OUTCOMES = ("inserted", "updated", "unchanged", "deleted")
LOCKED = (*ISSUE_FACTS, "fact_agent_execution", "staging")


def load(stage: StageContext) -> "pandas.DataFrame":
    """What became of the rows of each target. Committed whole, or not at all."""
    with stage.warehouse() as warehouse:
        _require_conformed(stage, warehouse)
        loader = Loader(stage, warehouse)
        loader.load()
        log.info("%s loaded its batch: %s", stage.run_id, loader.counts)
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
        self.counts: dict[str, Counts] = {target: dict.fromkeys(OUTCOMES, 0) for target in TARGETS}
        self.months: list[dict[str, Any]] = []
        self.filled: list[int] = []
        self.is_changed = False

    def load(self) -> None:
        self._run("start_over")
        self._run("prepare_session")
        self._run("lock_targets", targets=sorted(LOCKED))
        self._stage_rows()
        self._list_months()
        self._cover_calendar()
        self._load_dimensions()
        self._load_executions()
        self._load_issue_facts()
        for target in sorted(set(self.stage.pipeline.targets) - set(TARGETS)):
            # A pipeline's own: sql/load/<target>.sql ends with the counts of what it did.
            self._count(target, self._run(target)[0])
        self._settle_quarantine()
        self._record()

    def _stage_rows(self) -> None:
        """The last known version of each row of the small tables."""
        for row in self._run("staged_tables", tables=list(self.stage.pipeline.source_tables)):
            table = row["table_name"]
            names: dict[str, Any] = {"staged": f"stg_{table}", "kept": f"staging.{table}", "changes": f"change_{table}"}
            names["watch"] = list(WATCHED.get(table, ISSUE))
            counts = self._run("merge_staging", source_table=table, **names)[0]
            self.is_changed |= _is_written(counts)
            self._record_rows(table, counts)

    def _list_months(self) -> None:
        self.months = self._run("execution_months")
        if any(month["is_archived"] for month in self.months):
            run(self.warehouse, "etl/transform/make_table", {"source_table": EXECUTIONS})
            self._run("reject_archived")

    def _cover_calendar(self) -> None:
        days = self._run("calendar_bounds", months=[month["month_key"] for month in self.months])[0]
        first, last = days["first_day"], days["last_day"]
        if first is not None and not calendar_covers(self.warehouse, first, last):
            extend_calendar(self.warehouse, first, last)

    def _load_dimensions(self) -> None:
        self._count("dim_agent", self._run("infer_agents")[0])
        if self.is_changed:
            self._count("dim_label", self._run("infer_labels")[0])
            self._count("bridge_issue_label", self._run("bridge_issue_label")[0])
            self._count("dim_worktree", self._run("dim_worktree")[0])
        if self._run("touched_issues")[0]["issues"]:
            self._run("wanted_issues")
            self._count("dim_issue", self._run("dim_issue")[0])
            self._run("dim_issue_versions")
        self._run("issue_version")

    def _load_executions(self) -> None:
        """Months that the fact does not have yet are written in bulk; the rest is merged."""
        self._run("execution_keys")
        self._run("execution_view", identifiers=execution_view())
        self.filled = self._bulk_months()
        inserted = self._fill_executions() if self.filled else 0
        batch = f"{'remaining' if self.filled else 'new'}_fact_agent_execution"
        if not all(_has_place(month) for month in self.months):
            self._make_partitions("fact_agent_execution", batch)
        scope = self._run("execution_scope")[0]
        left = sum(int(month["row_count"]) for month in self.months if self._is_left(month))
        counts = self._run("merge_executions", batch=batch, scope=scope["scope"], row_count=left)[0]
        counts["inserted"] += inserted
        if scope["has_unfit"]:
            counts["deleted"] += self._run("unfit_executions")[0]["deleted"]
        self.is_changed |= _is_written(counts)
        if EXECUTIONS in self.stage.pipeline.source_tables:
            self._record_rows(EXECUTIONS, counts)
        self._count("fact_agent_execution", counts)

    def _bulk_months(self) -> list[int]:
        """None where rows of an archived month were set aside: the connections that fill months do not see that yet."""
        if any(month["is_archived"] for month in self.months):
            return []
        return [month["month_key"] for month in self.months if _is_bulk(month)]

    def _is_left(self, month: dict[str, Any]) -> bool:
        """Whether the month's rows are to be merged: neither filled in bulk nor set aside as archived."""
        return not month["is_archived"] and month["month_key"] not in self.filled

    def _fill_executions(self) -> int:
        moved = self._run("leave_other_months")[0]
        if moved["moved"]:
            self._run("touch_issues", issue_ids=moved["issue_ids"])
        inserted = fill_months(self.stage, self.warehouse, self.filled)
        self._run("attach_filled")
        self._run("execution_batch", is_left=len(self.filled) < len(self.months))
        return inserted

    def _load_issue_facts(self) -> None:
        """All facts of every issue of which something changed."""
        if not self.is_changed:
            return
        self._run("touched_by_executions")
        self._run("issue_version")
        self._run("restate_versions")
        for fact, name in ISSUE_FACTS.items():
            self._run(fact)
            self._make_partitions(fact, f"new_{fact}")
            self._count(fact, self._run(f"merge_{name}")[0])
        self._run("mark_dirty_deployments")
        self._run("mark_dirty_issues")

    def _make_partitions(self, fact: str, batch: str) -> None:
        self._run("add_months", fact=fact, identifiers={"batch": batch})

    def _settle_quarantine(self) -> None:
        for row in self._run("waiting_tables", tables=list(self.stage.pipeline.source_tables)):
            table = row["source_table"]
            self._run("release_quarantine", source_table=table, identifiers={"staged": f"stg_{table}"})
        self._run("quarantine_rejected")

    def _record_rows(self, table: str, counts: Counts) -> None:
        run_count(self.warehouse, "load/record_rows", self.stage.parameters | {"source_table": table} | counts)

    def _count(self, target: str, counts: Counts) -> None:
        self.counts[target] = counts

    def _record(self) -> None:
        told = {
            target: counts
            for target, counts in self.counts.items()
            if target in self.stage.pipeline.targets or _is_written(counts)
        }
        columns = {outcome: [counts[outcome] for counts in told.values()] for outcome in OUTCOMES}
        run_count(self.warehouse, "load/record_facts", self.stage.parameters | {"targets": list(told)} | columns)

    def _run(self, name: str, *, identifiers: dict[str, str] | None = None, **values: Any) -> list[dict[str, Any]]:
        parameters = self.stage.parameters | {"filled_months": self.filled} | values
        return run(self.warehouse, f"load/{name}", parameters, **(identifiers or {}))


def _is_written(counts: Counts) -> bool:
    return any(counts[outcome] for outcome in ("inserted", "updated", "deleted"))


def _has_place(month: dict[str, Any]) -> bool:
    """Whether no partition has to be made for the month: it is there, or must not be there."""
    return bool(month["has_partition"] or month["is_archived"])


def _is_bulk(month: dict[str, Any]) -> bool:
    return not _has_place(month) and month["row_count"] >= BULK_ROWS
