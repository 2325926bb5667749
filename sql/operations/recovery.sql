-- name: content
-- Count and checksum of all rows in any order, whichever run wrote them.
SELECT
    count(*) AS rows,
    coalesce(sum(hashtextextended((to_jsonb(t) - 'run_number')::text, 0)), 0)::text AS checksum
FROM {table} AS t;

-- name: create_database
CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8';

-- name: detach
ALTER TABLE {fact} DETACH PARTITION {partition};

-- name: drop_fact
-- Views and functions that read the fact go with it and are made again afterwards.
DROP TABLE IF EXISTS {fact} CASCADE;

-- name: drop_table
DROP TABLE IF EXISTS {table};

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

-- name: forget_executions
-- And issues that an execution of the window worked on.
UPDATE staging.issues AS issue
SET row_hash = 0
WHERE
    issue.id IN (
        SELECT fact.issue_id
        FROM fact_agent_execution AS fact
        WHERE fact.time_key / 100 = ANY(%(months)s::integer [])
    );

-- name: forget_issues
-- Issues of which something happened in the window, or to which a row of it belongs.
UPDATE staging.issues AS issue
SET row_hash = 0
WHERE
    issue.id IN (
        SELECT ops.ids_in_window('staging.issues'::regclass, %(window_start)s, %(window_end)s)
        UNION
        SELECT task.issue_id FROM staging.code_gen_tasks AS task WHERE task.row_hash = 0
        UNION
        SELECT written.issue_id FROM staging.review_results AS written WHERE written.row_hash = 0
        UNION
        SELECT pipeline.issue_id FROM staging.deployment_pipelines AS pipeline WHERE pipeline.row_hash = 0
        UNION
        SELECT change.issue_id FROM staging.commits AS change WHERE change.row_hash = 0
    );

-- name: forget_marts
DELETE FROM ops.schema_migration WHERE starts_with(name, 'marts/');

-- name: forget_rows
-- A row whose hash is not that of the source counts as changed when it is read again, and its issue's facts are restated.
UPDATE {table}
SET row_hash = 0
WHERE id IN (SELECT ops.ids_in_window(%(relation)s::regclass, %(window_start)s, %(window_end)s));

-- name: frozen
SELECT archived.month_key
FROM ops.archived_month AS archived
WHERE archived.fact_table = %(fact)s AND archived.state = 'archived'
ORDER BY archived.month_key;

-- name: is_unfinished
-- Whether an interrupted restore left this database half filled; it says so itself.
SELECT coalesce(shobj_description(warehouse.oid, 'pg_database') = 'miyabi-dw: restore in progress', false) AS is_unfinished
FROM pg_database AS warehouse
WHERE warehouse.datname = current_database();

-- name: mark_dirty
SELECT ops.mark_dirty(%(fact)s, %(months)s::integer []);

-- name: mark_finished
COMMENT ON DATABASE {database} IS NULL;

-- name: mark_unfinished
COMMENT ON DATABASE {database} IS 'miyabi-dw: restore in progress';

-- name: missing_roles
SELECT wanted.name
FROM unnest(ARRAY['miyabi_etl', 'miyabi_analyst']) AS wanted (name)
WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS known WHERE known.rolname = wanted.name);

-- name: move_aside
ALTER TABLE {partition} SET SCHEMA recovery;

-- name: room
-- Partitions wait here, out of the way of every query, until what replaces them has been compared.
CREATE SCHEMA IF NOT EXISTS recovery;

-- name: waiting
SELECT waiting.relname AS name
FROM pg_class AS waiting
WHERE waiting.relnamespace = to_regnamespace('recovery') AND waiting.relkind = 'r' AND starts_with(waiting.relname, %(prefix)s)
ORDER BY waiting.relname;
