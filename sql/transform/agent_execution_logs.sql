-- Executions in UTC, their agents by their one name. Provider and model are those that the row names, else they come from the
-- agent's spelling, else from the catalogue.
-- They are a view: a million rows are read a few times sooner than written once more; of a few a table is made.
-- Spellings are few and rows are many, so each spelling is looked up once.
DROP TABLE IF EXISTS written_spelling, agent_spelling, execution_spelling, repeated_execution;
CREATE TABLE written_spelling AS
SELECT
    coalesce(raw.agent_id, '') AS agent_id,
    coalesce(raw.llm_model, '') AS llm_model,
    coalesce(raw.llm_provider, '') AS llm_provider,
    count(raw.external_id) AS external_ids
FROM raw_agent_execution_logs AS raw
GROUP BY 1, 2, 3;

CREATE UNLOGGED TABLE agent_spelling AS
SELECT
    spelt.agent_id AS source_agent_id,
    coalesce(alias.agent_id, nullif(btrim(spelt.agent_id), '')) AS agent_id,
    described.agent_name,
    described.agent_type,
    described.agent_category,
    coalesce(described.llm_provider, agent.ai_provider) AS llm_provider,
    coalesce(described.llm_model, agent.ai_model) AS llm_model
FROM (SELECT DISTINCT written.agent_id FROM written_spelling AS written WHERE written.agent_id <> '') AS spelt
LEFT JOIN agent_alias AS alias ON alias.alias = lower(btrim(spelt.agent_id))
LEFT JOIN dim_agent AS agent ON agent.agent_id = alias.agent_id
LEFT JOIN LATERAL describe_agent(spelt.agent_id) AS described ON true;
CREATE UNIQUE INDEX ON agent_spelling (source_agent_id);
ANALYZE agent_spelling;

-- A provider stands before its model, as spellings of both have it; without a model it tells the provider alone.
CREATE UNLOGGED TABLE execution_spelling AS
SELECT
    row_number() OVER ()::integer AS spelling_key,
    written.agent_id AS source_agent_id,
    written.llm_model AS source_llm_model,
    written.llm_provider AS source_llm_provider,
    agent.agent_id,
    coalesce(told.llm_provider, CASE WHEN told.llm_model IS NULL THEN agent.llm_provider END) AS llm_provider,
    coalesce(told.llm_model, agent.llm_model) AS llm_model
FROM written_spelling AS written
LEFT JOIN agent_spelling AS agent ON written.agent_id = agent.source_agent_id
LEFT JOIN LATERAL describe_models(ARRAY[concat(
    nullif(btrim(written.llm_provider), '') || '/', coalesce(nullif(btrim(written.llm_model), ''), 'unknown')
)]) AS told ON written.llm_model <> '' OR written.llm_provider <> '';
CREATE UNIQUE INDEX ON execution_spelling (source_agent_id, source_llm_model, source_llm_provider);
ANALYZE execution_spelling;

-- Rows with one external_id are one execution: that which completed last counts, of equally late ones the one with the greatest id.
-- The batch decides together with what is loaded already.
CREATE TABLE repeated_execution AS
SELECT
    told.id,
    told.twin_id,
    told.is_loaded
FROM (
    SELECT
        known.id,
        known.is_loaded,
        first_value(known.id) OVER (PARTITION BY known.external_id ORDER BY known.completed_at DESC, known.id DESC) AS twin_id
    FROM (
        SELECT
            raw.external_id,
            raw.id,
            raw.completed_at AT TIME ZONE %(source_timezone)s AS completed_at,
            false AS is_loaded
        FROM raw_agent_execution_logs AS raw
        WHERE
            raw.external_id IS NOT NULL
            AND (SELECT bool_or(written.external_ids > 0) FROM written_spelling AS written)
        UNION ALL
        SELECT
            fact.external_id,
            fact.execution_id,
            fact.completed_at,
            true
        FROM fact_agent_execution AS fact
        WHERE
            (SELECT bool_or(written.external_ids > 0) FROM written_spelling AS written)
            AND fact.external_id IN (
                SELECT named.external_id FROM raw_agent_execution_logs AS named WHERE named.external_id IS NOT NULL
            )
            AND NOT EXISTS (SELECT 1 FROM raw_agent_execution_logs AS again WHERE again.id = fact.execution_id)
    ) AS known
) AS told
WHERE told.twin_id <> told.id;
CREATE INDEX ON repeated_execution (id);
ANALYZE repeated_execution;
-- A loaded one leaves the fact; the next comparison of its day with the source reads it again, and it is quarantined.
INSERT INTO vanished (source_table, id)
SELECT
    'agent_execution_logs',
    repeated.id
FROM repeated_execution AS repeated
WHERE repeated.is_loaded
ON CONFLICT DO NOTHING;

CREATE VIEW judged_agent_execution_logs AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the execution has no id']
        WHEN
            raw.completed_at < '1970-01-01' OR raw.completed_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('completed_at', raw.completed_at, %(latest_moment)s, %(source_timezone)s)]
        WHEN
            (SELECT EXISTS (SELECT FROM repeated_execution))
            AND raw.id IN (SELECT repeated.id FROM repeated_execution AS repeated)
            THEN ARRAY['repeated-external-id', 'it is the same execution as ' || (
                SELECT repeated.twin_id FROM repeated_execution AS repeated WHERE repeated.id = raw.id
            ) || ' by its external_id, which counts']
    END AS problem
FROM raw_agent_execution_logs AS raw;

CREATE VIEW stg_agent_execution_logs AS
SELECT
    raw.id,
    ops.day_key(raw.completed_at AT TIME ZONE %(source_timezone)s, %(business_timezone)s) AS time_key,
    raw.issue_id,
    spelt.agent_id,
    raw.agent_id AS source_agent_id,
    ops.started_at(
        ops.sound_moment(raw.started_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s,
        raw.completed_at AT TIME ZONE %(source_timezone)s,
        raw.execution_duration_ms,
        %(source_timezone)s
    ) AS started_at,
    raw.completed_at AT TIME ZONE %(source_timezone)s AS completed_at,
    raw.execution_duration_ms,
    raw.memory_usage_mb,
    raw.cpu_usage_percent,
    spelt.llm_provider,
    spelt.llm_model,
    raw.llm_tokens_input,
    raw.llm_tokens_output,
    CASE
        WHEN
            raw.llm_tokens_cache_read IS NOT NULL
            AND ops.cache_split_fits(
                raw.llm_tokens_input, raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h
            )
            THEN raw.llm_tokens_cache_read
    END AS llm_tokens_cache_read,
    CASE
        WHEN
            raw.llm_tokens_cache_write IS NOT NULL
            AND ops.cache_split_fits(
                raw.llm_tokens_input, raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h
            )
            THEN raw.llm_tokens_cache_write
    END AS llm_tokens_cache_write,
    CASE
        WHEN
            raw.llm_tokens_cache_write_1h IS NOT NULL
            AND ops.cache_split_fits(
                raw.llm_tokens_input, raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h
            )
            THEN raw.llm_tokens_cache_write_1h
    END AS llm_tokens_cache_write_1h,
    CASE
        WHEN coalesce(raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h) IS NOT NULL
            THEN coalesce(
                ops.cache_split_fits(
                    raw.llm_tokens_input, raw.llm_tokens_cache_read, raw.llm_tokens_cache_write, raw.llm_tokens_cache_write_1h
                ), false
            )
    END AS cached_parts_fit,
    CASE WHEN raw.llm_tokens_reasoning BETWEEN 0 AND raw.llm_tokens_output THEN raw.llm_tokens_reasoning END
        AS llm_tokens_reasoning,
    raw.llm_cost_usd,
    raw.success,
    raw.error_message,
    ops.sound_moment(raw.created_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS created_at,
    nullif(btrim(raw.external_id), '') AS external_id,
    nullif(btrim(raw.session_id), '') AS session_id,
    nullif(btrim(raw.repository), '') AS repository,
    nullif(btrim(raw.branch), '') AS branch,
    nullif(btrim(raw.commit_sha), '') AS commit_sha,
    raw.row_hash,
    raw.completed_at AT TIME ZONE %(source_timezone)s AS event_at,
    spelt.spelling_key
FROM judged_agent_execution_logs AS raw
LEFT JOIN execution_spelling AS spelt
    ON
        spelt.source_agent_id = coalesce(raw.agent_id, '')
        AND spelt.source_llm_model = coalesce(raw.llm_model, '')
        AND spelt.source_llm_provider = coalesce(raw.llm_provider, '')
WHERE
    -- Where no row was rejected none need be judged again. And most rows have no problem, which the planner reads from <>.
    (SELECT NOT EXISTS (SELECT FROM rejected AS aside WHERE aside.source_table = 'agent_execution_logs'))
    OR num_nulls(raw.problem) <> 0;

CREATE INDEX IF NOT EXISTS raw_completed_at ON raw_agent_execution_logs
USING brin ((completed_at AT TIME ZONE %(source_timezone)s)) WITH (pages_per_range = 32);
ANALYZE raw_agent_execution_logs;
