-- Executions, tokens, cost, success and duration by month, agent and model. Without a repository from the mart, which
-- outlives archived facts; of one repository from the facts, since the mart does not know repositories. cost_usd is without
-- suspect reports, estimates by their lower end.
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
        mart.total_cache_read_tokens AS cache_read_tokens,
        mart.total_cache_write_tokens AS cache_write_tokens,
        mart.tokens_without_cost,
        mart.total_llm_cost_usd AS total_usd,
        mart.suspect_cost_usd AS suspect_usd,
        mart.estimated_cost_usd AS estimated_usd,
        mart.estimated_cost_high_usd AS estimated_high_usd,
        mart.executions_with_cost,
        coalesce(mart.suspect_executions, 0) AS suspect_executions,
        coalesce(mart.estimated_executions, 0) AS estimated_executions,
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
        sum(fact.llm_tokens_cache_read),
        sum(fact.llm_tokens_cache_write),
        sum(coalesce(fact.llm_tokens_input + fact.llm_tokens_output, fact.llm_tokens_input, fact.llm_tokens_output))
            FILTER (WHERE fact.llm_cost_usd IS NULL),
        sum(fact.llm_cost_usd),
        sum(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_is_suspect),
        sum(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_source = 'estimated'),
        sum(coalesce(fact.llm_cost_list_high_usd, fact.llm_cost_usd)) FILTER (WHERE fact.llm_cost_source = 'estimated'),
        count(fact.llm_cost_usd),
        count(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_is_suspect),
        count(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_source = 'estimated'),
        avg(fact.execution_duration_ms),
        percentile_cont(0.95) WITHIN GROUP (ORDER BY fact.execution_duration_ms::double precision)::numeric
    FROM fact_agent_execution AS fact
    INNER JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key
    INNER JOIN dim_issue AS issue ON fact.issue_key = issue.issue_key
    WHERE %(repository)s <> '(all)' AND coalesce(issue.repository, '(unknown)') = %(repository)s
    GROUP BY 1, 2, 3
),

priced AS (
    SELECT
        month.*,
        CASE WHEN executions_with_cost > suspect_executions THEN total_usd - coalesce(suspect_usd, 0) END AS cost_usd
    FROM month
)

SELECT
    month,
    agent_name,
    ai_model,
    executions,
    executions_with_cost,
    executions - executions_with_cost AS executions_without_cost,
    estimated_executions,
    suspect_executions,
    successes,
    failures,
    round(100.0 * successes / nullif(successes + failures, 0), 1) AS success_percent,
    round(avg_execution_ms / 1000, 2) AS mean_duration_s,
    round(p95_execution_ms / 1000, 2) AS p95_duration_s,
    input_tokens,
    output_tokens,
    coalesce(input_tokens + output_tokens, input_tokens, output_tokens) AS tokens,
    cache_read_tokens,
    cache_write_tokens,
    tokens_without_cost,
    cost_usd,
    cost_usd + coalesce(estimated_high_usd - estimated_usd, 0) AS cost_high_usd,
    estimated_usd,
    estimated_high_usd,
    suspect_usd
FROM priced
WHERE
    month BETWEEN date_trunc('month', %(first_day)s::date) AND %(last_day)s
    AND (%(agent)s = '(all)' OR agent_name = %(agent)s)
    AND (%(model)s = '(all)' OR ai_model = %(model)s)
ORDER BY month, cost_usd DESC NULLS LAST, agent_name, ai_model;
