"""A fact with one old month of awkward values, ready to leave."""

from datetime import UTC, datetime

import pytest

from miyabi_dw.db.connection import Connection, execute

FACT, MONTH, ROWS = "fact_agent_execution", 202501, 3000
AS_OF = datetime(2025, 8, 15, tzinfo=UTC)


@pytest.fixture
def filled(warehouse: Connection) -> Connection:
    execute(warehouse, "SELECT ops.add_month('fact_agent_execution', m) FROM unnest(ARRAY[202501, 202507]) AS m")
    execute(
        warehouse,
        "INSERT INTO fact_agent_execution (execution_id, time_key, issue_id, issue_key, agent_key, llm_cost_usd,"
        " memory_usage_mb, llm_cost_source, success, error_message, started_at, completed_at, row_hash, run_number)"
        " SELECT n, 20250101 + n %% 28, nullif(n %% 7, 0), -1, -1, CASE n %% 3 WHEN 0 THEN NULL WHEN 1 THEN n * 0.1000"
        " ELSE 12345678901234567890.123456789012345678901 END, n / 3.0, 'reported', nullif(n %% 4, 0) = 1,"
        " CASE n %% 5 WHEN 0 THEN '' WHEN 1 THEN NULL WHEN 2 THEN E'two\\nlines, \"quoted\"' ELSE '日本語 <b>' END,"
        " '2025-01-01 00:00:00.000001+00'::timestamptz + n * interval '1 minute', '2025-01-02+00', -n, 1"
        " FROM generate_series(1, %s) AS n",
        (ROWS,),
    )
    execute(warehouse, "UPDATE ops.mart_state SET open_from = 202507")
    execute(warehouse, "DELETE FROM ops.dirty_month")
    warehouse.commit()
    return warehouse
