-- name: by_hour_fact_agent_execution
-- Executions of the interval by the hour in which they completed, business time, and what they cost as far as reported.
SELECT
    date_trunc('hour', staged.completed_at AT TIME ZONE %(business_timezone)s) AS hour,
    coalesce(staged.llm_provider, 'unknown') AS llm_provider,
    count(*) AS executions
FROM stg_agent_execution_logs AS staged
WHERE staged.completed_at >= %(interval_start)s AND staged.completed_at < %(interval_end)s
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: fact_counts
SELECT
    counted.target_table,
    counted.inserted,
    counted.updated,
    counted.unchanged,
    counted.deleted
FROM ops.fact_count AS counted
WHERE counted.run_id = %(run_id)s
ORDER BY counted.target_table;

-- name: find_run
SELECT run_number
FROM ops.run
WHERE run_id = %(run_id)s;

-- name: interval_facts
-- What the facts say of the interval's business days.
SELECT
    fact.process_date AS day,
    count(*) AS issues,
    count(fact.lead_time_hours) AS closed,
    count(*) FILTER (WHERE fact.deployment_success) AS deployed,
    sum(fact.lines_of_code_generated) AS lines,
    sum(fact.ai_cost_usd) AS ai_cost_usd
FROM fact_issue_processing AS fact
WHERE
    fact.time_key >= ops.day_key(%(interval_start)s, %(business_timezone)s)
    AND fact.time_key <= ops.day_key(%(interval_end)s - interval '1 microsecond', %(business_timezone)s)
GROUP BY fact.process_date
ORDER BY fact.process_date;

-- name: lost_facts
-- The facts among the targets that are no table.
SELECT wanted.name
FROM unnest(%(targets)s::text []) AS wanted (name)
WHERE starts_with(wanted.name, 'fact_') AND to_regclass(format('public.%%I', wanted.name)) IS NULL
ORDER BY wanted.name;

-- name: record_manual_end
UPDATE ops.run
SET state = 'succeeded', finished_at = clock_timestamp()
WHERE run_id = %(run_id)s AND trigger = 'notebook' AND state = 'running';

-- name: record_manual_run
-- A run without a runner: the same batch is taken up again when its interval is the same.
INSERT INTO ops.run (run_id, pipeline, interval_start, interval_end, as_of, trigger, state, host, pid, requested_by, started_at)
VALUES (
    %(run_id)s, %(pipeline)s, %(interval_start)s, %(interval_end)s, %(as_of)s,
    'notebook', 'running', %(host)s, %(pid)s, session_user, clock_timestamp()
)
ON CONFLICT (run_id) DO UPDATE SET
    interval_start = excluded.interval_start,
    interval_end = excluded.interval_end,
    as_of = excluded.as_of,
    state = 'running',
    host = excluded.host,
    pid = excluded.pid,
    reason = NULL,
    finished_at = NULL;

-- name: record_trial
-- One stage of it was tried; the batch waits for the next.
UPDATE ops.run
SET state = %(state)s, reason = %(reason)s, finished_at = clock_timestamp()
WHERE run_id = %(run_id)s AND trigger = 'notebook' AND state = 'running';

-- name: rejected
-- What was quarantined, and why.
SELECT
    aside.source_table,
    aside.check_id,
    aside.reason,
    count(*) AS row_count
FROM rejected AS aside
GROUP BY aside.source_table, aside.check_id, aside.reason
ORDER BY row_count DESC, aside.source_table, aside.check_id;

-- name: rows_by_day
-- How many rows of each table were extracted, by the business day of the moment they are counted by.
SELECT
    (
        ops.sound_moment(raw.event_at, %(latest_moment)s, %(source_timezone)s)
        AT TIME ZONE %(source_timezone)s AT TIME ZONE %(business_timezone)s
    )::date AS day,
    count(*) AS row_count
FROM {raw} AS raw
GROUP BY 1
ORDER BY 1;

-- name: set_search_path
-- The batch's own tables first, then the star schema.
SELECT set_config('search_path', quote_ident(%(schema)s) || ', public', false);

-- name: table_counts
-- What became of the rows of each source table so far in this run.
SELECT
    counted.source_table,
    counted.extracted,
    counted.inserted,
    counted.updated,
    counted.unchanged,
    counted.quarantined,
    counted.quarantined_fields
FROM ops.row_count AS counted
WHERE counted.run_id = %(run_id)s
ORDER BY counted.source_table;
