-- The same of what the warehouse knows: facts, and rows that wait in quarantine or were discarded.
SELECT
    date_trunc(
        %(unit)s,
        coalesce(known.event_at, '1970-01-01'::timestamp AT TIME ZONE %(source_timezone)s) AT TIME ZONE %(business_timezone)s
    )::date AS bucket,
    count(*) AS row_count,
    sum(known.row_hash) AS digest
FROM (
    SELECT
        fact.completed_at AS event_at,
        fact.row_hash
    FROM fact_agent_execution AS fact
    WHERE
        fact.completed_at >= %(first)s::timestamp AT TIME ZONE %(source_timezone)s
        AND fact.completed_at < %(last)s::timestamp AT TIME ZONE %(source_timezone)s
        AND fact.time_key >= %(first_day)s
        AND fact.time_key <= %(last_day)s
    UNION ALL
    SELECT
        waiting.event_at,
        waiting.row_hash
    FROM ops.quarantine AS waiting
    WHERE
        waiting.source_table = 'agent_execution_logs'
        AND waiting.state IN ('open', 'discarded')
        AND waiting.field IS NULL
        AND coalesce(waiting.event_at, '1970-01-01') >= %(first)s::timestamp AT TIME ZONE %(source_timezone)s
        AND coalesce(waiting.event_at, '1970-01-01') < %(last)s::timestamp AT TIME ZONE %(source_timezone)s
) AS known
WHERE known.event_at IS NULL OR known.event_at < %(until)s::timestamp AT TIME ZONE %(source_timezone)s
GROUP BY 1
ORDER BY 1;
