-- What had begun is completed, by duration, tokens and outcome; its cost may come later still.
UPDATE agent_execution_logs
SET
    completed_at = date_trunc('milliseconds', %(as_of)s::timestamp - pg_temp.chance(%(seed)s, 122, id) * interval '6 hours'),
    execution_duration_ms = 60000 + id %% 1000,
    llm_tokens_input = 1000 + id %% 5000,
    llm_tokens_output = 100 + id %% 500,
    success = pg_temp.chance(%(seed)s, 123, id) < 0.9
WHERE
    completed_at IS NULL
    AND started_at < %(as_of)s::timestamp - interval '6 hours'
    AND pg_temp.chance(%(seed)s, 121, id) < least(1, %(share)s * 5)
