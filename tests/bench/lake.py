"""What a year of executions takes in heap, index and Parquet, how fast it leaves, and how fast it is asked when it has left.

Run it alone: `PYTHONPATH=tests python tests/bench/lake.py`.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.reading import Asked, answer_of
from miyabi_dw.operations import cold_storage, lake
from servers import grant_warehouse, running_server, warehouse_template

FACT, MONTHS = "fact_agent_execution", 12
ROWS = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
TODAY, AS_OF = date(2026, 1, 5), datetime(2026, 8, 15, tzinfo=UTC)
# A row in Parquet against one in heap and index; a lake query, which checks its files first, against the same in PostgreSQL.
BYTES_BAR, ARCHIVE_BAR, QUERY_BAR = 0.3, 4.0, 4.0
MADE = f"ops.add_month('{FACT}', 202500 + m) FROM generate_series(1, {MONTHS}) AS m"
FILL = f"""
INSERT INTO {FACT} (
    execution_id, time_key, issue_id, issue_key, agent_key, execution_duration_ms, memory_usage_mb, cpu_usage_percent,
    llm_provider, llm_model, llm_tokens_input, llm_tokens_output, llm_cost_usd, llm_cost_source, success, error_message,
    started_at, completed_at, source_created_at, row_hash, run_number
)
SELECT
    n, to_char(at, 'YYYYMMDD')::integer, n %% 50000, -1, 1 + n %% 10, n * 37 %% 600000, (n %% 4096) + 0.25, n %% 100,
    'anthropic', 'claude-sonnet-4', n %% 100000, n %% 20000, (n %% 1000) * 0.0137, 'reported', n %% 11 > 0,
    CASE WHEN n %% 11 = 0 THEN 'error ' || md5(n::text) END, at, at + interval '2 minutes', at,
    hashtextextended(n::text, 0), 1
FROM (
    SELECT n, '2025-01-01'::timestamptz + (n * 31536000.0 / %(rows)s) * interval '0.999 second' AS at
    FROM generate_series(1, %(rows)s) AS n
) AS made
"""
SIZES = f"""
SELECT
    sum(pg_relation_size(inhrelid)) + sum(pg_relation_size(reltoastrelid)) AS heap,
    sum(pg_indexes_size(inhrelid)) AS indexes
FROM pg_inherits INNER JOIN pg_class ON inhrelid = pg_class.oid WHERE inhparent = '{FACT}'::regclass
"""
PLAIN = f"SELECT time_key / 100 AS month, count(*), sum(llm_cost_usd) FROM {FACT} GROUP BY 1 ORDER BY 1"
LAKE = f"SELECT time_key // 100 AS month, count(*), sum(llm_cost_usd) FROM v_all_{FACT} GROUP BY 1 ORDER BY 1"


def main() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, running_server("bench_lake", Path(folder)) as server:
        name = server.create("lake", warehouse_template(server))
        grant_warehouse(server, name)
        settings = Settings(home=Path(folder) / "home", warehouse_url=server.database_url(name), source_url=server.url)
        return measured(Database(settings), settings, Path(folder))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def measured(database: Database, settings: Settings, folder: Path) -> list[dict[str, Any]]:
    with database.connect("owner") as connection:
        execute(connection, f"SELECT {MADE}")
    filled, _ = timed(lambda: run(database, FILL))
    run(database, "UPDATE ops.mart_state SET open_from = 202609; DELETE FROM ops.dirty_month")
    run(database, "VACUUM ANALYZE")
    with database.connect("owner") as connection:
        size = query(connection, SIZES)[0]
    plain = timed(lambda: asked(database))[0], asked(database)
    before, figures = timed(lambda: cost(database))
    out, back = copied(database, folder)
    archived, moved = timed(lambda: cold_storage.archive_due(database, settings, AS_OF))
    assert sum(month.rows for month in moved if not month.waits_for) >= ROWS * 0.99
    files = sum(path.stat().st_size for path in settings.home.rglob("rows.parquet"))
    ours, found = timed(lambda: asked_of_lake(settings))
    assert [(int(month), count, usd) for month, count, usd in found] == [
        (int(month), count, usd) for month, count, usd in plain[1]
    ]
    after, same = timed(lambda: cost(database))
    assert same == figures
    heap, index, parquet = (int(part) / ROWS for part in (size["heap"], size["indexes"], files))
    pace = f"{ROWS / archived:,.0f} rows a second, COPY out and in of the same {ROWS / (out + back):,.0f}; made by {ROWS / filled:,.0f}"
    return [
        {"name": "bytes a row, Parquet / PostgreSQL", "value": round(parquet / (heap + index), 3), "bar": BYTES_BAR,
         "ok": parquet / (heap + index) <= BYTES_BAR,
         "detail": f"{parquet:.1f} against {heap:.1f} in the heap and {index:.1f} in indexes, {ROWS:,} rows"},
        {"name": "archive", "value": round(archived / (out + back), 2), "bar": ARCHIVE_BAR,
         "ok": archived / (out + back) <= ARCHIVE_BAR, "detail": pace},
        {"name": "lake query / SQL", "value": round(ours / plain[0], 2), "bar": QUERY_BAR, "ok": ours / plain[0] <= QUERY_BAR,
         "detail": f"{ours:.2f} s against {plain[0]:.2f} s for a sum by month over {ROWS:,} rows"},
        {"name": "metric over cold months", "value": round(after / before, 2), "bar": None, "ok": True,
         "detail": f"{after:.2f} s against {before:.2f} s before they left, a year of {ROWS:,} rows"},
    ]  # fmt: skip


def run(database: Database, sql: str) -> None:
    with database.connect("owner", autocommit=True) as connection:
        execute(connection, sql, {"rows": ROWS} if "%(" in sql else None)


def asked(database: Database) -> list[tuple[Any, ...]]:
    with database.connect("analyst") as connection:
        return [tuple(row.values()) for row in query(connection, PLAIN)]


def asked_of_lake(settings: Settings) -> list[tuple[Any, ...]]:
    with lake.ask(settings, LAKE) as found:
        return list(found.rows)


def cost(database: Database) -> Any:
    asked = Asked("month", ("agent",), {}, date(2025, 1, 1), date(2025, 12, 31))
    return answer_of(database, load("llm_cost"), asked, TODAY, "bench").figures


def copied(database: Database, folder: Path) -> tuple[float, float]:
    file = folder / "plain.csv"
    run(database, f"CREATE TABLE plain_copy (LIKE {FACT} INCLUDING ALL)")
    out, _ = timed(lambda: copy(database, f"COPY (SELECT * FROM {FACT}) TO STDOUT (FORMAT csv)", file, "wb"))
    back, _ = timed(lambda: copy(database, "COPY plain_copy FROM STDIN (FORMAT csv)", file, "rb"))
    run(database, "DROP TABLE plain_copy")
    file.unlink()
    return out, back


def copy(database: Database, command: str, file: Path, mode: str) -> None:
    with database.connect("owner") as connection, connection.cursor() as cursor, file.open(mode) as opened:
        cursor.copy_expert(command, opened)


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
