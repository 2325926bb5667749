"""A warehouse whose facts are written by hand, row by row, so that a mart's figures can be worked out on paper."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from miyabi_dw.common.paths import CATALOGUE
from miyabi_dw.db.connection import Connection, execute, query

JST = ZoneInfo("Asia/Tokyo")
FACTS = ("fact_issue_processing", "fact_agent_execution", "fact_deployment", "fact_code_change")
MARTS = ("mart_development_performance", "mart_agent_performance", "mart_infrastructure_cost", "mart_dora")
DORA_TABLES = ("issues", "commits", "deployment_pipelines")
# What a hand-written row need not say.
USUAL: dict[str, dict[str, Any]] = {
    "dim_issue": {"effective_date": "1900-01-01 00:00:00+00", "is_current": True, "version": 1, "is_inferred": False,
                  "labels": [], "record_created_at": "2026-01-01+00", "record_updated_at": "2026-01-01+00"},
    "dim_infrastructure": {"effective_date": "1900-01-01 00:00:00+00"},
    "fact_issue_processing": {"issue_key": -1, "agent_key": -1, "label_key": -1, "worktree_key": -1,
                              "infrastructure_key": -1, "run_number": 1},
    "fact_agent_execution": {"issue_key": -1, "agent_key": -1, "llm_cost_source": "reported", "row_hash": 0,
                             "run_number": 1},
    "fact_deployment": {"issue_key": -1, "infrastructure_key": -1, "environment": "production",
                        "deployment_status": "SUCCESS", "run_number": 1},
    "fact_code_change": {"issue_key": -1, "run_number": 1},
}  # fmt: skip
# The moment that decides a fact's business day.
MOMENT = {"fact_agent_execution": "completed_at", "fact_deployment": "deployed_at", "fact_code_change": "committed_at"}


def day_key(moment: str, zone: ZoneInfo = JST) -> int:
    return int(datetime.fromisoformat(moment).astimezone(zone).strftime("%Y%m%d"))


@dataclass
class Star:
    """The owner's hand on the facts: writes rows as given, without a load."""

    connection: Connection
    zone: ZoneInfo = JST

    def add(self, table: str, *rows: dict[str, Any]) -> None:
        full = [USUAL.get(table, {}) | self._keys(table, row) | row for row in rows]
        for month in sorted({row["time_key"] // 100 for row in full if "time_key" in row}):
            query(self.connection, f"SELECT ops.add_month('{table}', {month})")
        names = sorted({name for row in full for name in row})
        columns = ", ".join(names)
        execute(
            self.connection,
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)",
            [json.dumps(full, default=str)],
        )

    def change(self, sql: str, *values: Any) -> int:
        return execute(self.connection, sql, values)

    def dirty(self, subject: str, *months: int) -> None:
        query(self.connection, "SELECT ops.mark_dirty(%s, %s)", [subject, list(months)])

    def load(self, path: Path) -> None:
        for table, rows in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            self.add(table, *rows)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What fails inside leaves nothing behind."""
        execute(self.connection, "SAVEPOINT before")
        try:
            yield
        finally:
            execute(self.connection, "ROLLBACK TO before")

    def load_classes(self) -> None:
        with (CATALOGUE / "dora_classes.csv").open(encoding="utf-8") as file, self.connection.cursor() as cursor:
            cursor.copy_expert("COPY dora_class FROM STDIN (FORMAT csv, HEADER match)", file)

    def loaded(self, first: str, last: str, *tables: str) -> None:
        """The days from first to last were loaded, of these source tables or of all that DORA's numbers come from."""
        execute(
            self.connection,
            """
            INSERT INTO ops.loaded_day (source_table, day, first_loaded_by)
            SELECT named.source_table, listed.day, 'by-hand'
            FROM unnest(%s) AS named (source_table),
                generate_series(%s::timestamp, %s::timestamp, interval '1 day') AS listed (day)
            ON CONFLICT DO NOTHING
            """,
            [list(tables or DORA_TABLES), first, last],
        )

    def events(self) -> list[str]:
        """The first day of the week and month that the first event lies in, and the day of the last; none of nothing."""
        listed = " UNION ALL ".join(f"SELECT ops.day_of(time_key) AS day FROM {fact}" for fact in FACTS)
        filed = "SELECT (unnest(ARRAY[source_created_at, source_closed_at]) AT TIME ZONE %s)::date FROM dim_issue"
        first = "date_trunc('week', date_trunc('month', min(day)))"
        sql = f"SELECT {first}::date::text AS first, max(day)::text AS last FROM ({listed} UNION ALL {filed}) AS event"
        return [day for day in self.rows(sql, self.zone.key)[0].values() if day]

    def refresh(self) -> None:
        """The marts over what was written; a history that does not say which days were loaded was loaded whole."""
        if not self.rows("SELECT 1 FROM ops.loaded_day LIMIT 1") and self.events():
            self.loaded(*self.events())
        for mart in MARTS:
            query(self.connection, f"REFRESH MATERIALIZED VIEW CONCURRENTLY {mart}")

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return query(self.connection, sql, values)

    def dora(self, kind: str, start: str, repository: str = "(all)") -> dict[str, Any]:
        found = self.rows(
            "SELECT * FROM mart_dora WHERE (period_kind, period_start, repository) = (%s, %s, %s)",
            kind, date.fromisoformat(start), repository,
        )  # fmt: skip
        assert len(found) == 1, f"{kind} {start} of {repository}: {len(found)} rows"
        return found[0]

    def _keys(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        keys: dict[str, Any] = {}
        if table in MOMENT:
            keys["time_key"] = day_key(row[MOMENT[table]], self.zone)
        if row.get("deployed_at") and table == "fact_code_change":
            keys["deployed_time_key"] = day_key(row["deployed_at"], self.zone)
        if table == "fact_issue_processing":
            keys["time_key"] = int(str(row["process_date"]).replace("-", ""))
        return keys


def contents(connection: Connection, mart: str) -> set[tuple[Any, ...]]:
    """The figures of a mart or view, for comparing with what they were; an array becomes a tuple."""
    rows = query(connection, f"SELECT * FROM {mart}")
    figures = ([cell for name, cell in row.items() if name not in ("is_provisional", "finished_month")] for row in rows)
    return {tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row) for row in figures}
