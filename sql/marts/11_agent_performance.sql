-- Agent executions and LLM cost by month, agent and model.

CREATE TABLE IF NOT EXISTS mart_agent_performance_closed (
    month_key integer NOT NULL,
    year integer NOT NULL,
    month integer NOT NULL,
    agent_name text NOT NULL,
    agent_type text NOT NULL,
    ai_model text NOT NULL,
    total_executions bigint NOT NULL,
    successful_executions bigint NOT NULL,
    failed_executions bigint NOT NULL,
    success_rate numeric,
    avg_execution_ms numeric,
    p95_execution_ms numeric,
    avg_memory_usage_mb numeric,
    avg_cpu_usage_percent numeric,
    total_api_calls numeric,
    cache_hit_rate numeric,
    total_input_tokens numeric,
    total_output_tokens numeric,
    total_requests numeric,
    total_llm_cost_usd numeric,
    avg_llm_cost_usd numeric,
    estimated_llm_cost_usd numeric,
    executions_with_cost bigint NOT NULL,
    total_errors numeric,
    total_retries numeric,
    tokens_per_second numeric,
    tokens_per_dollar numeric
);
CREATE INDEX IF NOT EXISTS mart_agent_performance_closed_month ON mart_agent_performance_closed (month_key);
COMMENT ON TABLE mart_agent_performance_closed IS
'Finished months of mart_agent_performance; its columns are described there, month_key is year and month as yyyymm.';

CREATE OR REPLACE FUNCTION mart_agent_performance_rows(first_month integer, last_month integer)
RETURNS SETOF mart_agent_performance_closed
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
BEGIN
    RETURN QUERY
    WITH execution AS (
        SELECT
            fact.*,
            fact.time_key / 100 AS month_key,
            COALESCE(agent.agent_name, '(unknown)') AS agent_name,
            COALESCE(agent.agent_type, '(unknown)') AS agent_type,
            -- The model that answered; where the log names none, the one that the agent is set to.
            COALESCE(fact.llm_model, agent.ai_model, '(unknown)') AS ai_model,
            COALESCE(fact.llm_tokens_input + fact.llm_tokens_output, fact.llm_tokens_input, fact.llm_tokens_output)
                AS tokens
        FROM fact_agent_execution AS fact
        LEFT JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key
        WHERE fact.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
    )

    SELECT
        e.month_key,
        e.month_key / 100,
        e.month_key % 100,
        e.agent_name,
        e.agent_type,
        e.ai_model,
        count(*),
        count(*) FILTER (WHERE e.success),
        count(*) FILTER (WHERE NOT e.success),
        round(100.0 * count(*) FILTER (WHERE e.success) / NULLIF(count(e.success), 0), 6),
        round(avg(e.execution_duration_ms), 6),
        round(percentile_cont(0.95) WITHIN GROUP (ORDER BY e.execution_duration_ms::double precision)::numeric, 6),
        round(avg(e.memory_usage_mb), 6),
        round(avg(e.cpu_usage_percent), 6),
        sum(e.api_calls_count)::numeric,
        round(
            100.0 * sum(e.cache_hit_count) FILTER (WHERE e.cache_miss_count IS NOT NULL)
            / NULLIF(sum(e.cache_hit_count + e.cache_miss_count), 0),
            6
        ),
        sum(e.llm_tokens_input)::numeric,
        sum(e.llm_tokens_output)::numeric,
        sum(e.llm_requests_count)::numeric,
        sum(e.llm_cost_usd),
        round(avg(e.llm_cost_usd), 10),
        sum(e.llm_cost_usd) FILTER (WHERE e.llm_cost_source = 'estimated'),
        count(e.llm_cost_usd),
        sum(e.error_count)::numeric,
        sum(e.retry_count)::numeric,
        round(
            1000 * sum(e.tokens) FILTER (WHERE e.execution_duration_ms IS NOT NULL)
            / NULLIF(sum(e.execution_duration_ms) FILTER (WHERE e.tokens IS NOT NULL), 0),
            6
        ),
        round(
            sum(e.tokens) FILTER (WHERE e.llm_cost_usd IS NOT NULL)
            / NULLIF(sum(e.llm_cost_usd) FILTER (WHERE e.tokens IS NOT NULL), 0),
            6
        )
    FROM execution AS e
    GROUP BY e.month_key, e.agent_name, e.agent_type, e.ai_model;
END
$$;
COMMENT ON FUNCTION mart_agent_performance_rows IS
'The rows of mart_agent_performance for the months (yyyymm) from first to last, computed from the facts.';

DROP MATERIALIZED VIEW IF EXISTS mart_agent_performance CASCADE;
CREATE MATERIALIZED VIEW mart_agent_performance AS
WITH part AS (
    -- Each row has a null in one of the first two columns: a concurrent refresh compares rows without any with each other.
    SELECT
        NULL::boolean AS is_provisional,
        closed.month_key AS finished_month,
        closed.*
    FROM mart_agent_performance_closed AS closed
    UNION ALL
    SELECT
        TRUE,
        NULL,
        live.*
    FROM ops.mart_state AS state
    CROSS JOIN LATERAL mart_agent_performance_rows(state.open_from, 999912) AS live
    WHERE state.mart = 'mart_agent_performance'
)

SELECT
    year,
    month,
    agent_name,
    agent_type,
    ai_model,
    total_executions,
    successful_executions,
    success_rate,
    avg_execution_ms,
    p95_execution_ms,
    avg_memory_usage_mb,
    avg_cpu_usage_percent,
    total_api_calls,
    cache_hit_rate,
    total_input_tokens,
    total_output_tokens,
    total_requests,
    total_llm_cost_usd,
    avg_llm_cost_usd,
    total_errors,
    total_retries,
    tokens_per_second,
    tokens_per_dollar,
    failed_executions,
    estimated_llm_cost_usd,
    executions_with_cost,
    finished_month,
    is_provisional
FROM part;
CREATE UNIQUE INDEX mart_agent_performance_grain
ON mart_agent_performance (year, month, agent_name, agent_type, ai_model);

COMMENT ON MATERIALIZED VIEW mart_agent_performance IS
'Completed agent executions and their LLM cost by month of completion, agent and model, from fact_agent_execution.
''(unknown)'' stands for what the source does not say. Rates are percent of the known values.';
COMMENT ON COLUMN mart_agent_performance.year IS 'Calendar year in which the executions completed.';
COMMENT ON COLUMN mart_agent_performance.month IS 'Calendar month, 1 to 12.';
COMMENT ON COLUMN mart_agent_performance.agent_name IS 'Name of the agent, whichever spelling the log used.';
COMMENT ON COLUMN mart_agent_performance.agent_type IS 'Type of the agent in the catalogue; (unknown) for an agent that is not in it.';
COMMENT ON COLUMN mart_agent_performance.ai_model IS
'Model of the executions; where the log names none, the one that the agent is set to, else (unknown).';
COMMENT ON COLUMN mart_agent_performance.total_executions IS 'Completed executions.';
COMMENT ON COLUMN mart_agent_performance.successful_executions IS 'Executions known to have succeeded.';
COMMENT ON COLUMN mart_agent_performance.success_rate IS
'Percent successful of the executions whose result is known; null when none is.';
COMMENT ON COLUMN mart_agent_performance.avg_execution_ms IS 'Mean duration, milliseconds, of those known; null when none is.';
COMMENT ON COLUMN mart_agent_performance.p95_execution_ms IS '95th percentile of the duration, milliseconds, interpolated; null when none is known.';
COMMENT ON COLUMN mart_agent_performance.avg_memory_usage_mb IS 'Mean memory, MB; null when none is known.';
COMMENT ON COLUMN mart_agent_performance.avg_cpu_usage_percent IS 'Mean processor use, percent; null when none is known.';
COMMENT ON COLUMN mart_agent_performance.total_api_calls IS 'Calls to APIs; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.cache_hit_rate IS
'Percent of cache look-ups that hit, from the sums of hits and misses; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.total_input_tokens IS 'Tokens sent to the model, cached ones included; null when none is known.';
COMMENT ON COLUMN mart_agent_performance.total_output_tokens IS 'Tokens that the model answered; null when none is known.';
COMMENT ON COLUMN mart_agent_performance.total_requests IS 'Requests to the model; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.total_llm_cost_usd IS 'LLM cost, USD, reported or estimated; null when none is known.';
COMMENT ON COLUMN mart_agent_performance.avg_llm_cost_usd IS 'Mean LLM cost of the executions whose cost is known, USD; null when none is.';
COMMENT ON COLUMN mart_agent_performance.total_errors IS 'Errors counted in the executions; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.total_retries IS 'Retries counted in the executions; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.tokens_per_second IS
'Tokens by second, over executions whose tokens and duration are both known; null when none is or the time is 0.';
COMMENT ON COLUMN mart_agent_performance.tokens_per_dollar IS
'Tokens by USD, over executions whose tokens and cost are both known; null when none is or the cost is 0.';
COMMENT ON COLUMN mart_agent_performance.failed_executions IS 'Executions known to have failed.';
COMMENT ON COLUMN mart_agent_performance.estimated_llm_cost_usd IS
'The part of total_llm_cost_usd estimated from tokens and list price, USD; null when nothing was estimated.';
COMMENT ON COLUMN mart_agent_performance.executions_with_cost IS 'Executions whose cost is known, reported or estimated.';
COMMENT ON COLUMN mart_agent_performance.finished_month IS 'Month (yyyymm) that the row was finished with; null while it is provisional.';
COMMENT ON COLUMN mart_agent_performance.is_provisional IS
'True while the look-back reaches the month, whose rows are computed anew at each refresh; null once it is finished.';

SELECT ops.mark_dirty('mart_agent_performance', array_agg(DISTINCT closed.month_key))
FROM mart_agent_performance_closed AS closed;
