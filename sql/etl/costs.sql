-- name: archived_months
-- Months of the executions between the days that have left the warehouse: they keep their costs.
SELECT month.key AS month_key
FROM unnest(ops.frozen_months('fact_agent_execution')) AS month (key)
WHERE month.key BETWEEN %(first_key)s / 100 AND %(last_key)s / 100
ORDER BY month.key;

-- name: mark_dirty
SELECT
    ops.mark_dirty('fact_agent_execution', array_agg(DISTINCT priced.time_key / 100)),
    ops.mark_dirty('fact_issue_processing', array_agg(DISTINCT priced.time_key / 100) FILTER (WHERE priced.issue_id IS NOT NULL))
FROM repriced_execution AS priced;

-- name: prices
CREATE TEMPORARY TABLE repricing_price ON COMMIT DROP AS
SELECT price.*
FROM (
    SELECT
        array_agg(pair.llm_provider) AS providers,
        array_agg(pair.llm_model) AS models
    FROM (
        SELECT DISTINCT used.llm_provider, used.llm_model
        FROM fact_agent_execution AS used
        WHERE used.time_key BETWEEN %(first_key)s AND %(last_key)s
    ) AS pair
) AS asked
CROSS JOIN LATERAL ops.prices_of_models(asked.providers, asked.models, %(business_timezone)s) AS price;
ANALYZE repricing_price;

-- name: reprice
-- The executions between the days whose cost by today's price list is another. What was loaded before costs were kept side by
-- side has its report in llm_cost_usd alone.
CREATE TEMPORARY TABLE repriced_execution ON COMMIT DROP AS
SELECT
    fact.execution_id,
    fact.time_key,
    fact.issue_id,
    fact.llm_provider,
    fact.llm_model,
    fact.llm_cost_usd AS cost_before_usd,
    cost.*
FROM ops.dearest_price() AS dearest
CROSS JOIN fact_agent_execution AS fact
LEFT JOIN repricing_price AS price
    ON
        fact.llm_provider = price.llm_provider
        AND fact.llm_model = price.llm_model
        AND fact.completed_at >= price.from_at
        AND fact.completed_at < price.until_at
CROSS JOIN LATERAL ops.execution_cost(
    coalesce(fact.llm_cost_reported_usd, CASE fact.llm_cost_source WHEN 'reported' THEN fact.llm_cost_usd END),
    fact.llm_tokens_input, fact.llm_tokens_output,
    fact.llm_tokens_cache_read, fact.llm_tokens_cache_write, fact.llm_tokens_cache_write_1h,
    price.input_usd, price.output_usd, price.cache_read_usd, price.cache_write_usd, price.cache_write_1h_usd,
    dearest.input_usd, dearest.output_usd
) AS cost
WHERE
    fact.time_key BETWEEN %(first_key)s AND %(last_key)s
    AND (
        fact.llm_cost_reported_usd, fact.llm_cost_list_usd, fact.llm_cost_list_high_usd, fact.llm_cost_usd,
        fact.llm_cost_source, fact.llm_cost_is_suspect
    ) IS DISTINCT FROM (
        cost.reported_usd, cost.list_usd, cost.list_high_usd, cost.cost_usd, cost.source, cost.is_suspect
    );
ANALYZE repriced_execution;

-- name: repriced
-- By model: how many executions have another cost, and what they cost before and now.
SELECT
    priced.llm_provider,
    priced.llm_model,
    count(*) AS executions,
    coalesce(sum(priced.cost_before_usd), 0) AS before_usd,
    coalesce(sum(priced.cost_usd), 0) AS after_usd
FROM repriced_execution AS priced
GROUP BY priced.llm_provider, priced.llm_model
ORDER BY abs(coalesce(sum(priced.cost_usd), 0) - coalesce(sum(priced.cost_before_usd), 0)) DESC, 1, 2;

-- name: restate_executions
UPDATE fact_agent_execution AS fact
SET
    llm_cost_reported_usd = priced.reported_usd,
    llm_cost_list_usd = priced.list_usd,
    llm_cost_list_high_usd = priced.list_high_usd,
    llm_cost_usd = priced.cost_usd,
    llm_cost_source = priced.source,
    llm_cost_is_suspect = priced.is_suspect
FROM repriced_execution AS priced
WHERE
    fact.execution_id = priced.execution_id
    AND fact.time_key = priced.time_key
    AND fact.time_key BETWEEN %(first_key)s AND %(last_key)s;

-- name: restate_issues
-- An issue's cost of a day is that of the day's executions.
UPDATE fact_issue_processing AS fact
SET ai_cost_usd = cost.ai_cost_usd
FROM (
    SELECT
        worked.issue_id,
        worked.time_key,
        sum(worked.llm_cost_usd) AS ai_cost_usd
    FROM fact_agent_execution AS worked
    INNER JOIN (
        SELECT DISTINCT priced.issue_id, priced.time_key FROM repriced_execution AS priced WHERE priced.issue_id IS NOT NULL
    ) AS touched ON worked.issue_id = touched.issue_id AND worked.time_key = touched.time_key
    WHERE worked.time_key BETWEEN %(first_key)s AND %(last_key)s
    GROUP BY worked.issue_id, worked.time_key
) AS cost
WHERE
    fact.issue_id = cost.issue_id
    AND fact.time_key = cost.time_key
    AND fact.time_key BETWEEN %(first_key)s AND %(last_key)s
    AND fact.ai_cost_usd IS DISTINCT FROM cost.ai_cost_usd;

-- name: suspects
SELECT
    fact.execution_id,
    agent.agent_id,
    fact.llm_model,
    to_date(fact.time_key::text, 'YYYYMMDD') AS day,
    fact.llm_tokens_input AS tokens_input,
    fact.llm_tokens_output AS tokens_output,
    fact.llm_cost_reported_usd AS reported_usd,
    fact.llm_cost_list_usd AS list_low_usd,
    fact.llm_cost_list_high_usd AS list_high_usd,
    round(fact.llm_cost_reported_usd / nullif(
        CASE
            WHEN fact.llm_cost_reported_usd > fact.llm_cost_list_high_usd THEN fact.llm_cost_list_high_usd
            ELSE fact.llm_cost_list_usd
        END, 0
    ), 3) AS times
FROM fact_agent_execution AS fact
INNER JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key
WHERE fact.llm_cost_is_suspect
ORDER BY fact.llm_cost_reported_usd DESC, fact.execution_id;

-- name: unpriced
-- Tokens that the price list has nothing for on their day, by model; without a model they are of no known one.
SELECT
    used.llm_provider,
    used.llm_model,
    sum(used.executions)::bigint AS executions,
    coalesce(sum(used.tokens_input), 0)::bigint AS tokens_input,
    coalesce(sum(used.tokens_output), 0)::bigint AS tokens_output,
    min(used.day) AS first_day,
    max(used.day) AS last_day
FROM (
    SELECT
        fact.llm_provider,
        fact.llm_model,
        to_date(fact.time_key::text, 'YYYYMMDD') AS day,
        count(*) AS executions,
        sum(fact.llm_tokens_input) AS tokens_input,
        sum(fact.llm_tokens_output) AS tokens_output
    FROM fact_agent_execution AS fact
    WHERE coalesce(fact.llm_tokens_input, fact.llm_tokens_output) > 0
    GROUP BY fact.llm_provider, fact.llm_model, fact.time_key
) AS used
WHERE
    NOT EXISTS (
        SELECT 1
        FROM ops.prices_of_models(ARRAY[used.llm_provider], ARRAY[used.llm_model], %(business_timezone)s) AS price
        WHERE
            (used.day::timestamp AT TIME ZONE %(business_timezone)s) >= price.from_at
            AND (used.day::timestamp AT TIME ZONE %(business_timezone)s) < price.until_at
    )
GROUP BY used.llm_provider, used.llm_model
ORDER BY coalesce(sum(used.tokens_input), 0) + coalesce(sum(used.tokens_output), 0) DESC, 1, 2;
