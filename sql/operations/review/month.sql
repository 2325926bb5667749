-- A month in numbers: each a measure of the business month that begins on first_day.
WITH span AS (
    SELECT
        %(first_key)s AS first_key,
        %(last_key)s AS last_key,
        %(starts)s::timestamptz AS starts,
        %(ends)s::timestamptz AS ends
),

run AS (
    SELECT known.*
    FROM ops.run AS known, span
    WHERE known.queued_at >= span.starts AND known.queued_at < span.ends
),

execution AS (
    SELECT fact.*
    FROM fact_agent_execution AS fact, span
    WHERE fact.time_key BETWEEN span.first_key AND span.last_key
)

SELECT
    measured.measure,
    measured.value
FROM (
    SELECT 1 AS place, 'runs that ended' AS measure, count(*)::numeric AS value
    FROM run WHERE run.state IN ('succeeded', 'failed', 'lost', 'cancelled')
    UNION ALL
    SELECT 2, 'runs that succeeded, percent',
        round(100.0 * count(*) FILTER (WHERE run.state = 'succeeded') / nullif(count(*), 0), 2)
    FROM run WHERE run.state IN ('succeeded', 'failed', 'lost')
    UNION ALL
    SELECT 3, 'rows inserted or updated', coalesce(sum(counted.inserted + counted.updated), 0)
    FROM ops.row_count AS counted INNER JOIN run ON counted.run_id = run.run_id
    UNION ALL
    SELECT 4, 'rows put in quarantine', count(*)
    FROM ops.quarantine AS kept, span WHERE kept.quarantined_at >= span.starts AND kept.quarantined_at < span.ends
    UNION ALL
    SELECT 5, 'agent executions', count(*) FROM execution
    UNION ALL
    SELECT 6, 'executions that succeeded, percent',
        round(100.0 * count(*) FILTER (WHERE execution.success) / nullif(count(execution.success), 0), 2)
    FROM execution
    UNION ALL
    SELECT 7, 'cost of language models, USD, estimates by their lower end, without suspect reports', sum(execution.llm_cost_usd)
    FROM execution WHERE execution.llm_cost_is_suspect IS NOT TRUE
    UNION ALL
    SELECT 8, 'the same with estimates by their upper end, USD',
        sum(
            CASE
                WHEN execution.llm_cost_source = 'estimated' THEN coalesce(execution.llm_cost_list_high_usd, execution.llm_cost_usd)
                ELSE execution.llm_cost_usd
            END
        )
    FROM execution WHERE execution.llm_cost_is_suspect IS NOT TRUE
    UNION ALL
    SELECT 9, 'suspect reports of cost, left out above, USD', coalesce(sum(execution.llm_cost_usd), 0)
    FROM execution WHERE execution.llm_cost_is_suspect
    UNION ALL
    SELECT 10, 'executions of unknown cost', count(*) FROM execution WHERE execution.llm_cost_usd IS NULL
    UNION ALL
    SELECT 11, 'days of issues', count(*)
    FROM fact_issue_processing AS fact, span WHERE fact.time_key BETWEEN span.first_key AND span.last_key
    UNION ALL
    SELECT 12, 'deployments to production', count(*)
    FROM fact_deployment AS fact, span
    WHERE fact.time_key BETWEEN span.first_key AND span.last_key AND fact.environment = 'production'
    UNION ALL
    SELECT 13, 'good backups', count(*)
    FROM ops.backup AS kept, span WHERE kept.state IN ('good', 'deleted') AND kept.started_at >= span.starts AND kept.started_at < span.ends
    UNION ALL
    SELECT 14, 'incidents', count(*)
    FROM ops.incident AS opened, span WHERE opened.opened_at >= span.starts AND opened.opened_at < span.ends
) AS measured
ORDER BY measured.place;
