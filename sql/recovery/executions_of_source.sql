-- On the source: executions completed in the window and what they report to have cost.
SELECT
    count(*) AS rows,
    coalesce(sum(llm_cost_usd), 0) AS amount
FROM agent_execution_logs
WHERE completed_at >= %(window_start)s AND completed_at < %(window_end)s;
