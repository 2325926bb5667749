-- What a source may tell beyond its eight tables' own columns; null wherever it does not.
ALTER TABLE staging.issues
ADD COLUMN state text,
ADD COLUMN author text,
ADD COLUMN deleted_at timestamptz;

ALTER TABLE staging.deployment_pipelines
ADD COLUMN release_id text,
ADD COLUMN repository text,
ADD COLUMN commit_sha text,
ADD COLUMN updated_at timestamptz;

ALTER TABLE staging.commits
ADD COLUMN repository text,
ADD COLUMN is_merge boolean,
ADD COLUMN lines_added bigint,
ADD COLUMN lines_deleted bigint;

ALTER TABLE fact_agent_execution
ADD COLUMN llm_tokens_cache_read bigint,
ADD COLUMN llm_tokens_cache_write bigint,
ADD COLUMN llm_tokens_cache_write_1h bigint,
ADD COLUMN llm_tokens_reasoning bigint,
ADD COLUMN external_id text,
ADD COLUMN session_id text,
ADD COLUMN repository text,
ADD COLUMN branch text,
ADD COLUMN commit_sha text;
COMMENT ON COLUMN fact_agent_execution.llm_tokens_cache_read IS
'Tokens read from the cache, part of llm_tokens_input; null when the source does not tell them apart.';
COMMENT ON COLUMN fact_agent_execution.llm_tokens_cache_write IS
'Tokens written to the cache, part of llm_tokens_input; null when the source does not tell them apart.';
COMMENT ON COLUMN fact_agent_execution.llm_tokens_cache_write_1h IS
'Tokens written to the cache for an hour instead of five minutes, part of llm_tokens_cache_write; null when not told.';
COMMENT ON COLUMN fact_agent_execution.llm_tokens_reasoning IS 'Tokens of reasoning, part of llm_tokens_output; null when not told.';
COMMENT ON COLUMN fact_agent_execution.external_id IS 'Execution''s id where the source has it from; null when it is the source''s own.';
COMMENT ON COLUMN fact_agent_execution.session_id IS 'Agent session that it belongs to; null when not told.';
COMMENT ON COLUMN fact_agent_execution.repository IS 'Repository in which the agent worked; null when not told.';
COMMENT ON COLUMN fact_agent_execution.branch IS 'Branch on which the agent worked; null when not told.';
COMMENT ON COLUMN fact_agent_execution.commit_sha IS 'Commit on which the agent worked; null when not told.';
