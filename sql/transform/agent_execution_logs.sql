-- Executions in UTC, their agents by their one name. Provider and model come from the spelling, else from the catalogue.
-- They are a view: a million rows are read a few times sooner than written once more; of a few a table is made.
-- Spellings are few and rows are many, so each spelling is looked up once.
DROP TABLE IF EXISTS agent_spelling;
CREATE UNLOGGED TABLE agent_spelling AS
SELECT
    spelt.agent_id AS source_agent_id,
    coalesce(alias.agent_id, nullif(btrim(spelt.agent_id), '')) AS agent_id,
    described.agent_name,
    described.agent_type,
    described.agent_category,
    coalesce(nullif(described.llm_provider, ''), agent.ai_provider) AS llm_provider,
    coalesce(nullif(described.llm_model, ''), agent.ai_model) AS llm_model
FROM (SELECT DISTINCT raw.agent_id FROM raw_agent_execution_logs AS raw WHERE raw.agent_id IS NOT NULL) AS spelt
LEFT JOIN agent_alias AS alias ON alias.alias = lower(btrim(spelt.agent_id))
LEFT JOIN dim_agent AS agent ON agent.agent_id = alias.agent_id
LEFT JOIN LATERAL describe_agent(spelt.agent_id) AS described ON true;
CREATE UNIQUE INDEX ON agent_spelling (source_agent_id);
ANALYZE agent_spelling;

CREATE VIEW judged_agent_execution_logs AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the execution has no id']
        WHEN
            raw.completed_at < '1970-01-01' OR raw.completed_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('completed_at', raw.completed_at, %(latest_moment)s, %(source_timezone)s)]
    END AS problem
FROM raw_agent_execution_logs AS raw;

CREATE VIEW stg_agent_execution_logs AS
SELECT
    raw.id,
    ops.day_key(raw.completed_at AT TIME ZONE %(source_timezone)s, %(business_timezone)s) AS time_key,
    raw.issue_id,
    agent.agent_id,
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
    agent.llm_provider,
    agent.llm_model,
    raw.llm_tokens_input,
    raw.llm_tokens_output,
    raw.llm_cost_usd,
    raw.success,
    raw.error_message,
    ops.sound_moment(raw.created_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS created_at,
    raw.row_hash,
    raw.completed_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_agent_execution_logs AS raw
LEFT JOIN agent_spelling AS agent ON agent.source_agent_id = raw.agent_id
WHERE
    -- Where no row was rejected none need be judged again. And most rows have no problem, which the planner reads from <>.
    (SELECT NOT EXISTS (SELECT FROM rejected AS aside WHERE aside.source_table = 'agent_execution_logs'))
    OR num_nulls(raw.problem) <> 0;

CREATE INDEX IF NOT EXISTS raw_completed_at ON raw_agent_execution_logs
USING brin ((completed_at AT TIME ZONE %(source_timezone)s)) WITH (pages_per_range = 32);
ANALYZE raw_agent_execution_logs;
