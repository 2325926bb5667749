"""Runs intervals the way the notebooks do, and tells what the facts say, surrogate keys replaced by natural ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.etl import gates
from miyabi_dw.etl.batch import StageContext, make_stage
from miyabi_dw.etl.catalogue import extend_calendar, load_catalogues
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.transform import transform
from miyabi_dw.etl.windows import Window
from miyabi_dw.registry import NewRun, new_run_id, record_run, sync_settings
from miyabi_dw.registry.declarations import load_declarations

DAILY, HOURLY = "daily_issue_processing_etl", "hourly_agent_metrics_etl"
# Whichever run wrote a row and whichever number a member got, the row says the same.
LEFT_OUT = {"run_number", "issue_key", "agent_key", "label_key", "worktree_key", "infrastructure_key"}
KEYS = {
    "issue_key": ("dim_issue", "issue_id"),
    "agent_key": ("dim_agent", "agent_id"),
    "label_key": ("dim_label", "label_name"),
    "worktree_key": ("dim_worktree", "worktree_path"),
    "infrastructure_key": ("dim_infrastructure", "resource_id"),
}
FACTS = ("fact_issue_processing", "fact_agent_execution", "fact_code_generation", "fact_deployment", "fact_code_change")


@dataclass
class Warehouse:
    """One warehouse under test."""

    settings: Settings

    def __post_init__(self) -> None:
        self.database = Database(self.settings)

    def prepare(self) -> "Warehouse":
        with self.database.connect("etl") as connection:
            load_catalogues(connection)
            extend_calendar(connection)
            sync_settings(connection, self.settings)
        return self

    def stage(self, interval: Interval, pipeline: str = DAILY) -> StageContext:
        declared = load_declarations().find(pipeline)
        run_id = new_run_id(declared.short)
        with self.database.connect("etl") as connection:
            record_run(connection, NewRun(run_id, pipeline, interval, datetime.now(UTC), "manual"))
        return make_stage(self.settings, declared, interval, run_id)

    def run(
        self,
        interval: Interval,
        pipeline: str = DAILY,
        *,
        gate: bool = False,
        asked: Mapping[str, Sequence[Window]] | None = None,
    ) -> StageContext:
        """Extract, transform, if wanted gate, load."""
        stage = self.stage(interval, pipeline)
        extract(stage, asked)
        transform(stage)
        if gate:
            gates.run_suites(stage, "conformed")
        load(stage)
        return stage

    def day(self, day: date, **options: Any) -> StageContext:
        return self.run(business_day(day, self.settings.business_zone), **options)

    def days(self, first: date, last: date, **options: Any) -> StageContext:
        """One wide run from `first` to `last`, both included."""
        zone = self.settings.business_zone
        return self.run(Interval(business_day(first, zone).start, business_day(last, zone).end), **options)

    def hour(self, start: datetime, **options: Any) -> StageContext:
        return self.run(Interval(start, start + timedelta(hours=1)), HOURLY, **options)

    def query(self, text: str, *values: Any) -> list[dict[str, Any]]:
        with self.database.connect("owner") as connection:
            return query(connection, text, values or None)

    def value(self, text: str, *values: Any) -> Any:
        return next(iter(self.query(text, *values)[0].values()))

    def execute(self, text: str, *values: Any) -> int:
        with self.database.connect("owner") as connection:
            return execute(connection, text, values or None)

    def facts(self) -> dict[str, Counter[tuple[Any, ...]]]:
        """The rows of every fact, without order."""
        with self.database.connect("owner") as connection:
            return {fact: _rows(connection, fact) for fact in (*FACTS, "bridge_issue_label")}

    def counts(self, stage: StageContext) -> dict[str, dict[str, Any]]:
        rows = self.query("SELECT * FROM ops.row_count WHERE run_id = %s", stage.run_id)
        return {row["source_table"]: row for row in rows}

    def written(self, stage: StageContext) -> dict[str, int]:
        """Rows written by a run, by target."""
        rows = self.query("SELECT * FROM ops.fact_count WHERE run_id = %s", stage.run_id)
        return {row["target_table"]: row["inserted"] + row["updated"] + row["deleted"] for row in rows}


def _rows(connection: Connection, fact: str) -> Counter[tuple[Any, ...]]:
    columns = [row["name"] for row in query(connection, "SELECT unnest(ops.columns_of(%s::regclass)) AS name", [fact])]
    keys = [column for column in columns if column in KEYS]
    plain = [column for column in columns if column not in LEFT_OUT]
    joins = " ".join(f"LEFT JOIN {KEYS[key][0]} USING ({key})" for key in keys)
    members = [f"{KEYS[key][0]}.{KEYS[key][1]} AS {key}" for key in keys]
    named = ", ".join([f"f.{column}" for column in plain] + members)
    return Counter(tuple(row.values()) for row in query(connection, f"SELECT {named} FROM {fact} AS f {joins}"))


def differences(left: Warehouse, right: Warehouse) -> dict[str, tuple[list[Any], list[Any]]]:
    """For each fact that differs, a few rows that only the one and only the other has."""
    ours, theirs = left.facts(), right.facts()
    return {
        fact: (list((ours[fact] - theirs[fact]).elements())[:3], list((theirs[fact] - ours[fact]).elements())[:3])
        for fact in ours
        if ours[fact] != theirs[fact]
    }


def remember_ends(miyabi: Warehouse, rebuilt: Warehouse) -> None:
    """The ends that were seen of deployments tried again in place: no source can tell them, a rebuild uses them."""
    for row in miyabi.query("SELECT * FROM staging.deployment_end"):
        rebuilt.execute("INSERT INTO staging.deployment_end SELECT %s, %s, %s, %s", *row.values())


def versions_are_sound(warehouse: Warehouse) -> bool:
    """Versions of an issue neither overlap nor leave a hole, and each fact's key is the version of its day."""
    broken = warehouse.query("""
        SELECT issue_id FROM (
            SELECT issue_id, expiration_date, effective_date, version,
                lead(effective_date) OVER (PARTITION BY issue_id ORDER BY version) AS following,
                row_number() OVER (PARTITION BY issue_id ORDER BY effective_date) AS place
            FROM dim_issue
        ) AS version
        WHERE expiration_date IS DISTINCT FROM following OR place <> version
            OR (version = 1 AND effective_date <> '1900-01-01 00:00:00+00')
    """)
    astray = warehouse.query(" UNION ALL ".join(
        f"""SELECT fact.issue_id FROM {fact} AS fact LEFT JOIN dim_issue AS version USING (issue_key), LATERAL (
            SELECT (to_date(fact.time_key::text, 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'Asia/Tokyo'
        ) AS day (ends_at)
        WHERE fact.issue_id IS DISTINCT FROM nullif(version.issue_id, -1)
            OR version.effective_date >= day.ends_at OR version.expiration_date < day.ends_at
        """ for fact in FACTS
    ))  # fmt: skip
    return not broken and not astray
