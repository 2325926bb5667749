-- name: agent_also_an_alias
SELECT
    batch.agent_id,
    alias.agent_id AS meant_agent_id
FROM {batch} AS batch
INNER JOIN agent_alias AS alias ON alias.alias = batch.agent_id
WHERE alias.agent_id <> batch.agent_id;

-- name: calendar_ends
SELECT max(batch.full_date) AS last_date
FROM {batch} AS batch
HAVING max(batch.full_date) < (%(as_of)s::timestamptz AT TIME ZONE %(business_timezone)s)::date + 365;

-- name: calendar_gaps
SELECT *
FROM (
    SELECT
        batch.full_date,
        lead(batch.full_date) OVER (ORDER BY batch.full_date) AS next_date
    FROM {batch} AS batch
) AS day
WHERE day.next_date <> day.full_date + 1;

-- name: cost_source_misfit
SELECT batch.execution_id, batch.llm_cost_usd, batch.llm_cost_source
FROM {batch} AS batch
WHERE (batch.llm_cost_usd IS NULL) <> (batch.llm_cost_source = 'unknown');

-- name: cost_without_tokens
SELECT batch.id, batch.agent_id, batch.llm_cost_usd
FROM {batch} AS batch
WHERE batch.llm_cost_usd IS NOT NULL AND coalesce(batch.llm_tokens_input, batch.llm_tokens_output) IS NULL;

-- name: current_versions
SELECT
    batch.{member},
    count(*) FILTER (WHERE batch.is_current) AS current_versions
FROM {batch} AS batch
GROUP BY batch.{member}
HAVING count(*) FILTER (WHERE batch.is_current) <> 1;

-- name: end_on_another_day
-- Ends of deployments that the fact holds a second time, under another day.
SELECT
    batch.deployment_id,
    batch.end_number,
    batch.time_key,
    other.time_key AS other_time_key
FROM {batch} AS batch
INNER JOIN fact_deployment AS other
    ON
        batch.deployment_id = other.deployment_id
        AND batch.end_number = other.end_number
        AND batch.time_key <> other.time_key
WHERE other.time_key >= %(lookback_day)s;

-- name: ended_without_date
SELECT batch.ctid, batch.id, batch.issue_id, batch.deployment_status
FROM {batch} AS batch
WHERE batch.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL') AND batch.deployed_at IS NULL;

-- name: executions_alike
-- Executions alike in everything but the id, told with what all but one of them are reported to have cost. Compared by a
-- digest: a million wide rows are grouped by eight bytes each. Those without cost and tokens change no sum.
SELECT
    min(batch.id) AS id,
    min(batch.agent_id) AS agent_id,
    min(batch.completed_at) AS completed_at,
    count(*) - 1 AS copies,
    (count(*) - 1) * min(batch.llm_cost_usd) AS cost_in_question_usd,
    (count(*) - 1) * min(batch.llm_tokens_input) AS tokens_in_question
FROM {batch} AS batch
WHERE coalesce(batch.llm_cost_usd, batch.llm_tokens_input, batch.llm_tokens_output) > 0
GROUP BY
    hash_record_extended(
        ROW(
            batch.source_agent_id, batch.issue_id, batch.started_at, batch.completed_at, batch.execution_duration_ms,
            batch.llm_provider, batch.llm_model, batch.llm_tokens_input, batch.llm_tokens_output, batch.llm_cost_usd,
            batch.success, batch.error_message, batch.external_id, batch.session_id, batch.commit_sha
        ), 0
    )
HAVING count(*) > 1;

-- name: issue_deployed_twice
-- Rows of an issue that has several, none of which names its release.
SELECT
    batch.id,
    batch.issue_id
FROM {batch} AS batch
WHERE
    batch.release_id IS NULL
    AND batch.issue_id IN (
        SELECT other.issue_id
        FROM {batch} AS other
        WHERE other.release_id IS NULL
        GROUP BY other.issue_id
        HAVING count(*) > 1
    );

-- name: key_is_not_the_date
SELECT batch.issue_id, batch.time_key, batch.process_date
FROM {batch} AS batch
WHERE batch.time_key IS DISTINCT FROM to_char(batch.process_date, 'YYYYMMDD')::integer;

-- name: lead_time_misfit
SELECT batch.commit_sha, batch.committed_at, batch.deployed_at, batch.lead_time_seconds
FROM {batch} AS batch
WHERE batch.lead_time_seconds IS DISTINCT FROM extract(EPOCH FROM batch.deployed_at - batch.committed_at);

-- name: models_without_price
-- Models with tokens that the price list does not have, under no provider that they could be meant by.
SELECT
    used.llm_provider,
    used.llm_model,
    used.executions,
    used.tokens_input,
    used.tokens_output
FROM (
    SELECT
        batch.llm_provider,
        batch.llm_model,
        count(*) AS executions,
        sum(batch.llm_tokens_input) AS tokens_input,
        sum(batch.llm_tokens_output) AS tokens_output
    FROM {batch} AS batch
    WHERE batch.llm_model IS NOT NULL AND coalesce(batch.llm_tokens_input, batch.llm_tokens_output) > 0
    GROUP BY batch.llm_provider, batch.llm_model
) AS used
WHERE
    NOT EXISTS (
        SELECT 1 FROM ops.prices_of_models(ARRAY[used.llm_provider], ARRAY[used.llm_model], %(business_timezone)s)
    );

-- name: on_another_day
-- Rows that the fact holds a second time, under another day; days before the look-back are compared by the reconciliation.
SELECT
    batch.{column},
    batch.time_key,
    other.time_key AS other_time_key
FROM {batch} AS batch
INNER JOIN {fact} AS other
    ON other.{column} = batch.{column} AND other.time_key <> batch.time_key
WHERE other.time_key >= %(lookback_day)s;

-- name: on_the_wrong_day
SELECT
    batch.time_key,
    batch.{column}
FROM {batch} AS batch
WHERE batch.time_key IS DISTINCT FROM ops.day_key(batch.{column}, %(business_timezone)s);

-- name: orphan_key
SELECT DISTINCT batch.{column} AS orphan_key
FROM {batch} AS batch
WHERE NOT EXISTS (SELECT 1 FROM {dimension} AS member WHERE member.{column} = batch.{column});

-- name: tokens_without_cost
SELECT batch.id, batch.agent_id, batch.llm_tokens_input, batch.llm_tokens_output
FROM {batch} AS batch
WHERE batch.llm_cost_usd IS NULL AND coalesce(batch.llm_tokens_input, batch.llm_tokens_output) IS NOT NULL;

-- name: unknown_issue
-- Rows whose issue is neither in the batch nor known from an earlier run.
SELECT
    batch.id,
    batch.{column} AS unknown_issue
FROM {batch} AS batch
WHERE
    batch.{column} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM staging.issues AS known WHERE known.id = batch.{column})
    AND NOT EXISTS (SELECT 1 FROM {stg_issues} AS known WHERE known.id = batch.{column});

-- name: zero_not_a_report
-- Zero reported for tokens that cost something by the list: by agent and model, with what they are estimated at.
-- The prices are worked out first: within the join the models would be described again for each row.
WITH price AS MATERIALIZED (
    SELECT listed.*
    FROM (
        SELECT
            array_agg(pair.llm_provider) AS providers,
            array_agg(pair.llm_model) AS models
        FROM (
            SELECT DISTINCT batch.llm_provider, batch.llm_model FROM {batch} AS batch WHERE batch.llm_cost_usd = 0
        ) AS pair
    ) AS used
    CROSS JOIN LATERAL ops.prices_of_models(used.providers, used.models, %(business_timezone)s) AS listed
)

SELECT
    zero.agent_id,
    zero.llm_model,
    count(*) AS executions,
    sum(zero.llm_tokens_input) AS tokens_input,
    sum(zero.llm_tokens_output) AS tokens_output,
    sum(cost.list_usd) AS list_cost_usd
FROM {batch} AS zero
INNER JOIN price
    ON
        zero.llm_provider = price.llm_provider
        AND zero.llm_model = price.llm_model
        AND zero.completed_at >= price.from_at
        AND zero.completed_at < price.until_at
CROSS JOIN LATERAL ops.execution_cost(
    zero.llm_cost_usd, zero.llm_tokens_input, zero.llm_tokens_output,
    zero.llm_tokens_cache_read, zero.llm_tokens_cache_write, zero.llm_tokens_cache_write_1h,
    price.input_usd, price.output_usd, price.cache_read_usd, price.cache_write_usd, price.cache_write_1h_usd, NULL, NULL
) AS cost
WHERE zero.llm_cost_usd = 0 AND cost.reported_usd IS NULL
GROUP BY zero.agent_id, zero.llm_model;
