-- Agent executions and LLM cost by month, agent and model.
SELECT ops.register_mart(
    'mart_agent_performance',
    grain => ARRAY['year', 'month', 'agent_name', 'agent_type', 'ai_model'],
    subjects => ARRAY['fact_agent_execution']
);

SELECT ops.define_mart_rows('mart_agent_performance', $rows$
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
    e.month_key / 100 AS year,
    e.month_key % 100 AS month,
    e.agent_name,
    e.agent_type,
    e.ai_model,
    count(*) AS total_executions,
    count(*) FILTER (WHERE e.success) AS successful_executions,
    count(*) FILTER (WHERE NOT e.success) AS failed_executions,
    round(100.0 * count(*) FILTER (WHERE e.success) / NULLIF(count(e.success), 0), 6) AS success_rate,
    round(avg(e.execution_duration_ms), 6) AS avg_execution_ms,
    round(percentile_cont(0.95) WITHIN GROUP (ORDER BY e.execution_duration_ms::double precision)::numeric, 6) AS p95_execution_ms,
    round(avg(e.memory_usage_mb), 6) AS avg_memory_usage_mb,
    round(avg(e.cpu_usage_percent), 6) AS avg_cpu_usage_percent,
    sum(e.api_calls_count)::numeric AS total_api_calls,
    round(
        100.0 * sum(e.cache_hit_count) FILTER (WHERE e.cache_miss_count IS NOT NULL)
        / NULLIF(sum(e.cache_hit_count + e.cache_miss_count), 0),
        6
    ) AS cache_hit_rate,
    sum(e.llm_tokens_input)::numeric AS total_input_tokens,
    sum(e.llm_tokens_output)::numeric AS total_output_tokens,
    sum(e.llm_requests_count)::numeric AS total_requests,
    sum(e.llm_cost_usd) AS total_llm_cost_usd,
    round(avg(e.llm_cost_usd), 10) AS avg_llm_cost_usd,
    sum(e.llm_cost_usd) FILTER (WHERE e.llm_cost_source = 'estimated') AS estimated_llm_cost_usd,
    count(e.llm_cost_usd) AS executions_with_cost,
    sum(e.error_count)::numeric AS total_errors,
    sum(e.retry_count)::numeric AS total_retries,
    round(
        1000 * sum(e.tokens) FILTER (WHERE e.execution_duration_ms IS NOT NULL)
        / NULLIF(sum(e.execution_duration_ms) FILTER (WHERE e.tokens IS NOT NULL), 0),
        6
    ) AS tokens_per_second,
    round(
        sum(e.tokens) FILTER (WHERE e.llm_cost_usd IS NOT NULL AND e.llm_cost_is_suspect IS NOT TRUE)
        / NULLIF(sum(e.llm_cost_usd) FILTER (WHERE e.tokens IS NOT NULL AND e.llm_cost_is_suspect IS NOT TRUE), 0),
        6
    ) AS tokens_per_dollar,
    sum(COALESCE(e.llm_cost_list_high_usd, e.llm_cost_usd)) FILTER (WHERE e.llm_cost_source = 'estimated') AS estimated_cost_high_usd,
    sum(e.llm_cost_usd) FILTER (WHERE e.llm_cost_source = 'reported') AS reported_cost_usd,
    sum(e.llm_cost_usd) FILTER (WHERE e.llm_cost_is_suspect) AS suspect_cost_usd,
    count(*) FILTER (WHERE e.llm_cost_usd IS NULL) AS executions_without_cost,
    count(e.llm_cost_usd) FILTER (WHERE e.llm_cost_source = 'estimated') AS estimated_executions,
    count(e.llm_cost_usd) FILTER (WHERE e.llm_cost_is_suspect) AS suspect_executions,
    sum(e.tokens) FILTER (WHERE e.llm_cost_usd IS NULL)::numeric AS tokens_without_cost,
    sum(e.llm_tokens_cache_read) AS total_cache_read_tokens,
    sum(e.llm_tokens_cache_write) AS total_cache_write_tokens
FROM execution AS e
GROUP BY e.month_key, e.agent_name, e.agent_type, e.ai_model
$rows$);
COMMENT ON FUNCTION mart_agent_performance_rows IS
'The rows of mart_agent_performance for the months (yyyymm) from first to last, computed from the facts.';

CREATE MATERIALIZED VIEW mart_agent_performance_new AS
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
    reported_cost_usd,
    estimated_llm_cost_usd AS estimated_cost_usd,
    estimated_cost_high_usd,
    suspect_cost_usd,
    executions_without_cost,
    estimated_executions,
    suspect_executions,
    tokens_without_cost,
    total_cache_read_tokens,
    total_cache_write_tokens,
    finished_month,
    is_provisional
FROM part
WITH NO DATA;
SELECT ops.place_mart('mart_agent_performance');

COMMENT ON MATERIALIZED VIEW mart_agent_performance IS
'Completed agent executions and their LLM cost by month of completion, agent and model, from fact_agent_execution.
''(unknown)'' stands for what the source does not say. Rates are percent of the known values.';
COMMENT ON COLUMN mart_agent_performance.year IS 'Calendar year in which the executions completed.';
COMMENT ON COLUMN mart_agent_performance.month IS 'Calendar month, 1 to 12.';
COMMENT ON COLUMN mart_agent_performance.agent_name IS 'Name of the agent, whichever spelling the log used.';
COMMENT ON COLUMN mart_agent_performance.agent_type IS 'Type of the agent in the catalogue; (unknown) for an agent that is not in it.';
COMMENT ON COLUMN mart_agent_performance.ai_model IS
'Model of the executions under its own name, priced or not; where the log names none, the one that the agent is set to, else (unknown).';
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
COMMENT ON COLUMN mart_agent_performance.total_llm_cost_usd IS
'LLM cost, USD, reported or estimated by the lower end, suspect reports included; null when none is known.
With the upper end of estimates it is total_llm_cost_usd - estimated_cost_usd + estimated_cost_high_usd.';
COMMENT ON COLUMN mart_agent_performance.avg_llm_cost_usd IS
'total_llm_cost_usd by executions_with_cost, USD, suspect reports included; null when no cost is known.';
COMMENT ON COLUMN mart_agent_performance.total_errors IS 'Errors counted in the executions; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.total_retries IS 'Retries counted in the executions; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.tokens_per_second IS
'Tokens by second, over executions whose tokens and duration are both known; null when none is or the time is 0.';
COMMENT ON COLUMN mart_agent_performance.tokens_per_dollar IS
'Tokens by USD, over executions whose tokens and cost are both known, without those of a suspect cost, one of which would decide it;
null when none is or the cost is 0.';
COMMENT ON COLUMN mart_agent_performance.failed_executions IS 'Executions known to have failed.';
COMMENT ON COLUMN mart_agent_performance.estimated_llm_cost_usd IS
'The same as estimated_cost_usd.';
COMMENT ON COLUMN mart_agent_performance.reported_cost_usd IS
'The part of total_llm_cost_usd that the source reports, suspect reports included, USD; null when nothing was reported.';
COMMENT ON COLUMN mart_agent_performance.estimated_cost_usd IS
'The part of total_llm_cost_usd estimated from tokens and list price, USD; null when nothing was estimated.
Where the source does not tell cached tokens apart, the lower end: all input read from the cache.';
COMMENT ON COLUMN mart_agent_performance.estimated_cost_high_usd IS
'Upper end of estimated_cost_usd, no input from the cache, USD; equal to it where cached tokens are told apart.';
COMMENT ON COLUMN mart_agent_performance.suspect_cost_usd IS
'The part of total_llm_cost_usd whose report lies far from the price list, USD; null when none does. Trends and forecasts leave it out.';
COMMENT ON COLUMN mart_agent_performance.executions_without_cost IS 'Executions whose cost is neither reported nor could be estimated.';
COMMENT ON COLUMN mart_agent_performance.estimated_executions IS 'Executions whose cost is estimated.';
COMMENT ON COLUMN mart_agent_performance.suspect_executions IS 'Executions whose reported cost is suspect.';
COMMENT ON COLUMN mart_agent_performance.tokens_without_cost IS
'Tokens of the executions without a cost: of a model that the price list does not know; null when none is known.';
COMMENT ON COLUMN mart_agent_performance.total_cache_read_tokens IS
'The part of total_input_tokens that was read from the cache; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.total_cache_write_tokens IS
'The part of total_input_tokens that was written to the cache; null when the source does not tell.';
COMMENT ON COLUMN mart_agent_performance.executions_with_cost IS 'Executions whose cost is known, reported or estimated.';
COMMENT ON COLUMN mart_agent_performance.finished_month IS 'Month (yyyymm) that the row was finished with; null while it is provisional.';
COMMENT ON COLUMN mart_agent_performance.is_provisional IS
'True while the look-back reaches the month, whose rows are computed again at each refresh; null once it is finished.';

SELECT ops.finish_mart('mart_agent_performance');

-- A finished month shows an agent as it was described; when that is corrected, its months are restated.
CREATE OR REPLACE FUNCTION ops.mart_agent_performance_mark() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM ops.mark_dirty('mart_agent_performance', ARRAY(
        SELECT closed.month_key
        FROM mart_agent_performance_closed AS closed
        WHERE closed.agent_name = old.agent_name
        UNION ALL
        SELECT state.open_from FROM ops.mart_state AS state WHERE state.mart = 'mart_agent_performance'
    ));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mart_agent_performance_mark IS 'Marks the months of mart_agent_performance that show an agent that was corrected.';

CREATE OR REPLACE TRIGGER mark_agent_performance AFTER UPDATE ON dim_agent
FOR EACH ROW
WHEN ((old.agent_name, old.agent_type, old.ai_model) IS DISTINCT FROM (new.agent_name, new.agent_type, new.ai_model))
EXECUTE FUNCTION ops.mart_agent_performance_mark();
