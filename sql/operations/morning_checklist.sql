-- name: cost
-- Language model cost by business day over the 30 days before as_of's day, what was reported and what was estimated by the
-- lower end. A suspect report would be the whole chart.
SELECT
    d.full_date AS day,
    coalesce(sum(f.llm_cost_usd) FILTER (WHERE f.llm_cost_source = 'reported' AND f.llm_cost_is_suspect IS NOT TRUE), 0)
        AS reported_usd,
    coalesce(sum(f.llm_cost_usd) FILTER (WHERE f.llm_cost_source = 'estimated'), 0) AS estimated_usd,
    count(f.execution_id) FILTER (WHERE f.llm_cost_source = 'unknown') AS executions_of_unknown_cost
FROM dim_time AS d
LEFT JOIN fact_agent_execution AS f
    ON d.time_key = f.time_key AND f.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
WHERE d.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
GROUP BY d.full_date
ORDER BY d.full_date;

-- name: day_cost
-- The cost of the last day by where it comes from, and the models of all days that have tokens and no price.
SELECT
    count(*) FILTER (WHERE f.is_today AND f.llm_cost_source = 'reported' AND NOT f.is_suspect) AS reported,
    count(*) FILTER (WHERE f.is_today AND f.llm_cost_source = 'estimated') AS estimated,
    count(*) FILTER (WHERE f.is_today AND f.is_suspect) AS suspect,
    count(*) FILTER (WHERE f.is_today AND f.llm_cost_usd IS NULL) AS unknown,
    sum(f.llm_cost_usd) FILTER (WHERE f.is_today AND NOT f.is_suspect) AS usd,
    sum(f.high_usd) FILTER (WHERE f.is_today AND NOT f.is_suspect) AS high_usd,
    sum(f.llm_cost_usd) FILTER (WHERE f.is_today AND f.is_suspect) AS suspect_usd,
    count(DISTINCT f.ai_model) FILTER (WHERE f.tokens > 0 AND f.llm_cost_usd IS NULL) AS unpriced_models,
    sum(f.tokens) FILTER (WHERE f.llm_cost_usd IS NULL)::numeric AS unpriced_tokens
FROM (
    SELECT
        fact.llm_cost_usd,
        fact.llm_cost_source,
        fact.time_key = %(last_time_key)s AS is_today,
        coalesce(fact.llm_cost_is_suspect, false) AS is_suspect,
        CASE
            WHEN fact.llm_cost_source = 'estimated' THEN coalesce(fact.llm_cost_list_high_usd, fact.llm_cost_usd)
            ELSE fact.llm_cost_usd
        END AS high_usd,
        coalesce(fact.llm_model, agent.ai_model, '(unknown)') AS ai_model,
        coalesce(fact.llm_tokens_input, 0) + coalesce(fact.llm_tokens_output, 0) AS tokens
    FROM fact_agent_execution AS fact
    LEFT JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key
    WHERE fact.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
) AS f;

-- name: growth
-- Rows by business day over the 30 days before as_of's day, days without rows included.
SELECT
    d.full_date AS day,
    d.is_business_day,
    d.holiday_name,
    coalesce(f.rows, 0) AS issue_rows
FROM dim_time AS d
LEFT JOIN (
    SELECT
        time_key,
        count(*) AS rows
    FROM fact_issue_processing
    WHERE time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
    GROUP BY time_key
) AS f ON d.time_key = f.time_key
WHERE d.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
ORDER BY d.full_date;

-- name: runs
-- Runs of the 24 hours before as_of, latest first.
SELECT
    run_id,
    pipeline,
    state::text AS state,
    interval_start,
    interval_end,
    trigger,
    extract(EPOCH FROM finished_at - started_at)::float AS seconds,
    reason
FROM ops.run
WHERE as_of > %(as_of)s - interval '24 hours' AND as_of <= %(as_of)s AND pipeline = any(%(pipelines)s)
ORDER BY as_of DESC, run_number DESC
LIMIT 60;

-- name: sign
INSERT INTO ops.sign_off (run_id, signed_by, note) VALUES (%(run_id)s, %(signed_by)s, %(note)s)
ON CONFLICT (run_id) DO NOTHING
RETURNING signed_at;
