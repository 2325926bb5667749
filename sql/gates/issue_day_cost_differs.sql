-- Days of an issue whose cost or duration is not the sum over the issue's executions of that day; archived months have none to compare with.
SELECT
    batch.issue_id,
    batch.time_key,
    batch.ai_cost_usd,
    sum(execution.llm_cost_usd) AS executions_cost_usd,
    batch.processing_duration_seconds,
    sum(execution.execution_duration_ms) * 0.001 AS executions_seconds
FROM {batch} AS batch
LEFT JOIN fact_agent_execution AS execution
    ON
        execution.issue_id = batch.issue_id
        AND execution.time_key = batch.time_key
        AND execution.time_key BETWEEN %(first_day)s AND %(last_day)s
WHERE batch.time_key / 100 <> ALL(ops.frozen_months('fact_agent_execution'))
GROUP BY batch.issue_id, batch.time_key, batch.ai_cost_usd, batch.processing_duration_seconds
HAVING
    batch.ai_cost_usd IS DISTINCT FROM sum(execution.llm_cost_usd)
    OR batch.processing_duration_seconds IS DISTINCT FROM sum(execution.execution_duration_ms) * 0.001;
