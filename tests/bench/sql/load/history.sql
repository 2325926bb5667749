-- Executions of long ago as facts: 10,000 a day, identifiers rising with time, on issues that nobody works on any more.
CREATE SCHEMA bench;
CREATE VIEW bench.history AS
SELECT
    n AS execution_id,
    to_char(day.date, 'YYYYMMDD')::integer AS time_key,
    CASE WHEN n %% 20 < 17 THEN n %% 50000 + 10000000 END AS issue_id,
    -1::bigint AS issue_key,
    -1::bigint AS agent_key,
    n %% 900000 AS execution_duration_ms,
    n %% 20000 AS llm_tokens_input,
    n %% 3000 AS llm_tokens_output,
    (n %% 20000) * 0.000003 AS llm_cost_usd,
    'reported'::text AS llm_cost_source,
    true AS success,
    day.date::timestamptz + (n %% 10000) * interval '8 seconds' AS started_at,
    day.date::timestamptz + (n %% 10000) * interval '8 seconds' AS completed_at,
    n AS row_hash
FROM generate_series(0, %(days)s - 1) AS series (number)
CROSS JOIN LATERAL (SELECT %(first)s::date + series.number AS date) AS day
CROSS JOIN LATERAL generate_series(series.number * 10000 + 1, series.number * 10000 + 10000) AS n;
CREATE TABLE bench.rows AS SELECT * FROM bench.history;
CREATE TABLE bench.filled AS
SELECT
    month.key,
    ops.fill_month('bench.rows', 'fact_agent_execution', month.key, 0, 'completed_at', 'UTC') AS row_count
FROM (SELECT DISTINCT kept.time_key / 100 AS key FROM bench.rows AS kept) AS month;
SELECT ops.attach_filled('bench', 'fact_agent_execution', array_agg(month.key)) FROM bench.filled AS month;
DROP TABLE bench.rows;
