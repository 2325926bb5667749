-- Executions, tokens, cost, success and duration by month, agent and model. Without a repository from the mart, which
-- outlives archived facts; of one repository from the facts, since the mart does not know repositories.
WITH month AS (
    SELECT
        make_date(mart.year, mart.month, 1) AS month,
        mart.agent_name,
        mart.ai_model,
        mart.total_executions AS executions,
        mart.successful_executions AS successes,
        mart.failed_executions AS failures,
        mart.total_input_tokens AS input_tokens,
        mart.total_output_tokens AS output_tokens,
        mart.total_llm_cost_usd AS cost_usd,
        mart.estimated_llm_cost_usd AS estimated_usd,
        mart.executions_with_cost,
        mart.avg_execution_ms,
        mart.p95_execution_ms
    FROM mart_agent_performance AS mart
    WHERE %(repository)s = '(all)'
    UNION ALL
    SELECT
        ops.first_day_of(fact.time_key / 100),
        agent.agent_name,
        coalesce(fact.llm_model, agent.ai_model, '(unknown)'),
        count(*),
        count(*) FILTER (WHERE fact.success),
        count(*) FILTER (WHERE NOT fact.success),
        sum(fact.llm_tokens_input)::numeric,
        sum(fact.llm_tokens_output)::numeric,
        sum(fact.llm_cost_usd),
        sum(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_source = 'estimated'),
        count(fact.llm_cost_usd),
        avg(fact.execution_duration_ms),
        percentile_cont(0.95) WITHIN GROUP (ORDER BY fact.execution_duration_ms::double precision)::numeric
    FROM fact_agent_execution AS fact
    INNER JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key
    INNER JOIN dim_issue AS issue ON fact.issue_key = issue.issue_key
    WHERE %(repository)s <> '(all)' AND coalesce(issue.repository, '(unknown)') = %(repository)s
    GROUP BY 1, 2, 3
)

SELECT
    month,
    agent_name,
    ai_model,
    executions,
    executions_with_cost,
    successes,
    failures,
    round(100.0 * successes / nullif(successes + failures, 0), 1) AS success_percent,
    round(avg_execution_ms / 1000, 2) AS mean_duration_s,
    round(p95_execution_ms / 1000, 2) AS p95_duration_s,
    input_tokens,
    output_tokens,
    coalesce(input_tokens + output_tokens, input_tokens, output_tokens) AS tokens,
    cost_usd,
    estimated_usd
FROM month
WHERE
    month BETWEEN date_trunc('month', %(first_day)s::date) AND %(last_day)s
    AND (%(agent)s = '(all)' OR agent_name = %(agent)s)
    AND (%(model)s = '(all)' OR ai_model = %(model)s)
ORDER BY month, cost_usd DESC NULLS LAST, agent_name, ai_model;
