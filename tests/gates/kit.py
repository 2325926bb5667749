"""A run's batch without the stages before the gate: its schema, its conformed tables, and rows as a test wants them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db import connection as db
from miyabi_dw.etl.batch import StageContext, make_stage
from miyabi_dw.registry.declarations import load_declarations

DAILY = "daily_issue_processing_etl"
HOURLY = "hourly_agent_metrics_etl"
DAY = Interval(datetime(2026, 1, 14, 15, tzinfo=UTC), datetime(2026, 1, 15, 15, tzinfo=UTC))
NOON = datetime(2026, 1, 15, 3, tzinfo=UTC)


@dataclass
class Bench:
    """A stage and short ways to fill and read its batch."""

    stage: StageContext

    def query(self, text: str, *values: Any) -> list[dict[str, Any]]:
        with self.stage.warehouse() as connection:
            return db.query(connection, text, values or None)

    def put(self, table: str, **row: Any) -> None:
        """One conformed row; row_hash and event_at are made up unless given."""
        row = {"row_hash": hash(str(row)) % 2**31, "event_at": NOON, **row}
        names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        self.query(f"INSERT INTO stg_{table} ({names}) VALUES ({marks})", *row.values())

    def ids(self, table: str) -> list[int]:
        return [row["id"] for row in self.query(f"SELECT id FROM stg_{table} ORDER BY id")]

    def rejected(self) -> list[dict[str, Any]]:
        return self.query("SELECT * FROM rejected ORDER BY source_table, source_key")

    def rejected_fields(self) -> list[dict[str, Any]]:
        return self.query("SELECT * FROM rejected_field ORDER BY source_table, source_key, field")

    def result(self, check_id: str) -> dict[str, Any]:
        found = self.query(
            "SELECT * FROM ops.check_result WHERE run_id = %s AND check_id = %s", self.stage.run_id, check_id
        )
        return found[0]


def make_bench(settings: Settings, pipeline: str = DAILY, interval: Interval = DAY) -> Bench:
    stage = make_stage(settings, load_declarations().find(pipeline), interval)
    schema = stage.schema
    with stage.database.connect("etl") as connection:
        db.execute(connection, f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for table in stage.pipeline.source_tables:
            db.execute(connection, f"DROP TABLE IF EXISTS {schema}.stg_{table}")
            db.execute(connection, _table(schema, table))
        db.execute(
            connection,
            f"CREATE TABLE IF NOT EXISTS {schema}.rejected (source_table text, source_key text, content jsonb, "
            "reason text, check_id text, row_hash bigint, event_at timestamptz)",
        )
        db.execute(
            connection,
            f"CREATE TABLE IF NOT EXISTS {schema}.rejected_field (source_table text, source_key text, field text, "
            "content jsonb, reason text, check_id text, row_hash bigint, event_at timestamptz)",
        )
    return Bench(stage)


def _table(schema: str, table: str) -> str:
    if table != "agent_execution_logs":
        return (
            f"CREATE TABLE {schema}.stg_{table} AS SELECT *, NULL::timestamptz AS event_at FROM staging.{table} WHERE false;"
            f"ALTER TABLE {schema}.stg_{table} DROP COLUMN run_number"
        )
    return (
        f"CREATE TABLE {schema}.stg_{table} (id bigint, issue_id bigint, agent_id text, source_agent_id text, "
        "started_at timestamptz, completed_at timestamptz, execution_duration_ms bigint, memory_usage_mb numeric, "
        "cpu_usage_percent numeric, llm_provider text, llm_model text, llm_tokens_input bigint, llm_tokens_output bigint, "
        "llm_cost_usd numeric, success boolean, error_message text, created_at timestamptz, row_hash bigint, "
        "event_at timestamptz, time_key integer, llm_tokens_cache_read bigint, llm_tokens_cache_write bigint, "
        "llm_tokens_cache_write_1h bigint, llm_tokens_reasoning bigint, cached_parts_fit boolean, external_id text, "
        "session_id text, repository text, branch text, commit_sha text)"
    )
