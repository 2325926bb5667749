-- name: agent_also_an_alias
SELECT
    batch.agent_id,
    alias.agent_id AS meant_agent_id
FROM {batch} AS batch
INNER JOIN agent_alias AS alias ON alias.alias = batch.agent_id
WHERE alias.agent_id <> batch.agent_id;

-- name: cached_parts_misfit
-- Executions whose cached tokens are no parts of the input; what they said is in the batch as it was extracted.
SELECT raw.id, raw.llm_tokens_input, raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h
FROM {raw_agent_execution_logs} AS raw
WHERE
    coalesce(raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h) IS NOT NULL
    AND ops.cache_split_fits(
        raw.llm_tokens_input, raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h
    ) IS NOT TRUE;

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

-- name: ended_without_date
SELECT batch.ctid, batch.id, batch.issue_id, batch.deployment_status
FROM {batch} AS batch
WHERE batch.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL') AND batch.deployed_at IS NULL;

-- name: key_is_not_the_date
SELECT batch.issue_id, batch.time_key, batch.process_date
FROM {batch} AS batch
WHERE batch.time_key IS DISTINCT FROM to_char(batch.process_date, 'YYYYMMDD')::integer;

-- name: lead_time_misfit
SELECT batch.commit_sha, batch.committed_at, batch.deployed_at, batch.lead_time_seconds
FROM {batch} AS batch
WHERE batch.lead_time_seconds IS DISTINCT FROM extract(EPOCH FROM batch.deployed_at - batch.committed_at);

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
