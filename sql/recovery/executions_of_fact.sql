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
        AND ops.day_key(waiting.event_at, %(business_timezone)s) / 100 = %(month_key)s
        AND waiting.event_at < %(until)s
) AS known;
