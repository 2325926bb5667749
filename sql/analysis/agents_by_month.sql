-- Executions, tokens and cost by month and agent.
SELECT
    make_date(year, month, 1) AS month,
    agent_name,
    sum(total_executions) AS executions,
    sum(total_input_tokens) AS input_tokens,
    sum(total_output_tokens) AS output_tokens,
    sum(total_llm_cost_usd) AS cost_usd,
    sum(estimated_llm_cost_usd) AS estimated_usd,
    round(100.0 * sum(successful_executions) / nullif(sum(successful_executions + failed_executions), 0), 1) AS success_percent
FROM mart_agent_performance
WHERE make_date(year, month, 1) BETWEEN date_trunc('month', %(first_day)s::date) AND %(last_day)s
GROUP BY year, month, agent_name
ORDER BY month, cost_usd DESC NULLS LAST;
