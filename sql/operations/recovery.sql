-- name: content
-- Count and checksum of the rows of these days in any order, whichever run wrote them; of all rows where a fact has no days.
SELECT
    count(*) AS rows,
    coalesce(sum(hashtextextended((described.content - 'run_number')::text, 0)), 0)::text AS checksum
FROM {table} AS t
CROSS JOIN LATERAL (SELECT to_jsonb(t) AS content LIMIT 1) AS described
WHERE coalesce((described.content ->> 'time_key')::integer = ANY(%(days)s::integer []), TRUE);

-- name: create_database
CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8';

-- name: drop_fact
-- Views and functions that read the fact go with it and are made again afterwards.
DROP TABLE IF EXISTS {fact} CASCADE;

-- name: drop_table
DROP TABLE IF EXISTS {table};

-- name: has_list
SELECT to_regclass('ops.recovering_month') IS NOT NULL AS has_list;

-- name: known_fact_agent_execution
-- The same of the warehouse: facts, and rows that wait in quarantine or were discarded. Costs that the source did not report
-- are estimates and left out.
SELECT
    count(*) AS rows,
    coalesce(sum(known.cost), 0) AS amount
FROM (
    SELECT CASE WHEN fact.llm_cost_source = 'reported' THEN fact.llm_cost_usd END AS cost
    FROM fact_agent_execution AS fact
    WHERE fact.time_key BETWEEN %(month_key)s * 100 AND %(month_key)s * 100 + 99 AND fact.completed_at < %(until)s
    UNION ALL
    SELECT (waiting.content ->> 'llm_cost_usd')::numeric
    FROM ops.quarantine AS waiting
    WHERE
        waiting.source_table = 'agent_execution_logs'
        AND waiting.state IN ('open', 'discarded')
        AND waiting.field IS NULL
        AND ops.day_key(waiting.event_at, %(business_timezone)s) / 100 = %(month_key)s
        AND waiting.event_at < %(until)s
) AS known;

-- name: source_fact_agent_execution
-- On the source: executions completed in the window and what they report to have cost.
SELECT
    count(*) AS rows,
    coalesce(sum(llm_cost_usd), 0) AS amount
FROM agent_execution_logs
WHERE completed_at >= %(window_start)s AND completed_at < %(window_end)s;

-- name: facts
-- The facts, each with its partitions' months; none for a fact that is one table.
SELECT
    fact.relname AS fact,
    coalesce(
        array_agg(right(part.relname, 6)::integer ORDER BY part.relname) FILTER (WHERE part.relname IS NOT NULL), '{}'
    ) AS months
FROM pg_class AS fact
LEFT JOIN pg_inherits AS link ON fact.oid = link.inhparent
LEFT JOIN pg_class AS part ON link.inhrelid = part.oid
WHERE
    fact.relkind IN ('p', 'r')
    AND NOT fact.relispartition
    AND fact.relnamespace = 'public'::regnamespace
    AND starts_with(fact.relname, 'fact_')
GROUP BY fact.relname
ORDER BY fact.relname;

-- name: forget_marts
DELETE FROM ops.schema_migration WHERE starts_with(name, 'marts/');

-- name: last_loaded_day
-- The last day before today of which anything was loaded.
SELECT max(known.day) AS day
FROM ops.loaded_day AS known
WHERE known.day < %(today)s;

-- name: loaded_days
SELECT DISTINCT to_char(known.day, 'YYYYMMDD')::integer AS time_key
FROM ops.loaded_day AS known
ORDER BY time_key;

-- name: missing_roles
SELECT wanted.name
FROM unnest(ARRAY['miyabi_etl', 'miyabi_analyst']) AS wanted (name)
WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS known WHERE known.rolname = wanted.name);

-- name: progress
-- How far the recovery of this database has come, which it says itself: begun, then restored from a backup; nothing once it has ended.
SELECT
    coalesce(said.words = 'miyabi-dw: restore in progress', FALSE) AS has_begun,
    substring(said.words FROM '^miyabi-dw: restored from (\S+), recovery in progress$') AS restored_backup
FROM (
    SELECT shobj_description(warehouse.oid, 'pg_database') AS words
    FROM pg_database AS warehouse
    WHERE warehouse.datname = current_database()
) AS said;

-- name: room
-- Rows wait here, out of the way of every query, until what replaces them has been compared.
CREATE SCHEMA IF NOT EXISTS recovery;

-- name: tell_progress
-- Beside the database's rows, so that it is there from before the first to after the last of them; null once all is done.
COMMENT ON DATABASE {database} IS %(words)s; -- noqa: PRS

-- name: waiting
SELECT waiting.relname AS name
FROM pg_class AS waiting
WHERE waiting.relnamespace = to_regnamespace('recovery') AND waiting.relkind = 'r' AND starts_with(waiting.relname, %(prefix)s)
ORDER BY waiting.relname;

-- name: cold_months
-- Months that cannot be made from the source, for what they are made from is in cold storage, and whether the fact's own rows are:
-- archived there alone, restored there and here, or null.
SELECT
    frozen.month_key,
    own.state,
    ops.partition_of(%(fact)s::regclass, frozen.month_key) IS NOT NULL AS is_here
FROM unnest(ops.frozen_months(%(fact)s::regclass)) AS frozen (month_key)
LEFT JOIN ops.archived_month AS own ON own.fact_table = %(fact)s AND frozen.month_key = own.month_key
ORDER BY frozen.month_key;

-- name: forget_today
-- The rows of the day that is not over are read again, for its sum of hashes then differs.
UPDATE fact_agent_execution
SET row_hash = 0
WHERE time_key > %(last_key)s;

-- name: want
INSERT INTO ops.recovering_month (fact_table, month_key, first_key, last_key)
SELECT
    %(fact)s,
    wanted.month_key,
    wanted.first_key,
    wanted.last_key
FROM unnest(%(months)s::integer [], %(first_keys)s::integer [], %(last_keys)s::integer []) AS wanted (month_key, first_key, last_key);

-- name: want_no_more
DELETE FROM ops.recovering_month AS wanted WHERE wanted.fact_table = %(fact)s;

-- name: unfinished
-- Recoveries of facts that have begun and not ended: their months, which old rows wait, and whether a process is at it.
WITH part AS (
    SELECT
        wanted.fact_table,
        wanted.month_key,
        wanted.replaced_at IS NULL AS is_wanted
    FROM ops.recovering_month AS wanted
    UNION ALL
    SELECT
        regexp_replace(waiting.relname, '_\d{6}$', ''),
        right(waiting.relname, 6)::integer,
        FALSE
    FROM pg_class AS waiting
    WHERE
        waiting.relnamespace = to_regnamespace('recovery')
        AND waiting.relkind = 'r'
        AND waiting.relname ~ '_\d{6}$'
)

SELECT
    part.fact_table AS fact,
    min(part.month_key) AS first_month,
    max(part.month_key) AS last_month,
    count(DISTINCT part.month_key) FILTER (WHERE part.is_wanted) AS months_wanted,
    count(DISTINCT part.month_key) FILTER (WHERE to_regclass(format('recovery.%I', part.fact_table || '_' || part.month_key)) IS NOT NULL)
        AS months_waiting,
    EXISTS (
        SELECT 1
        FROM ops.lock_sessions(ops.lock_key('recovery', part.fact_table)) AS session
        WHERE session.is_granted
    ) AS is_alive
FROM part
GROUP BY part.fact_table
ORDER BY part.fact_table;
