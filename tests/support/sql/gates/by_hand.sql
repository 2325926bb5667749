-- The twelve checks of the benchmark as one query that somebody might write by hand.
SELECT
    count(*) AS row_count,
    count(*) FILTER (WHERE id IS NULL) AS id_unknown,
    count(*) - count(DISTINCT id) AS id_repeated,
    count(*) FILTER (WHERE completed_at IS NULL) AS completed_at_unknown,
    count(*) FILTER (WHERE completed_at NOT BETWEEN '2000-01-01' AND '2100-01-01') AS completed_at_out_of_range,
    count(*) FILTER (WHERE started_at NOT BETWEEN '2000-01-01' AND '2100-01-01') AS started_at_out_of_range,
    count(*) FILTER (WHERE completed_at < started_at) AS completed_before_started,
    count(*) FILTER (WHERE execution_duration_ms NOT BETWEEN 0 AND 315360000000) AS duration_out_of_range,
    count(*) FILTER (WHERE execution_duration_ms > 604800000) AS duration_unusual,
    count(*) FILTER (WHERE llm_tokens_input NOT BETWEEN 0 AND 1000000000000) AS tokens_input_out_of_range,
    count(*) FILTER (WHERE llm_tokens_output NOT BETWEEN 0 AND 1000000000000) AS tokens_output_out_of_range,
    count(*) FILTER (WHERE llm_cost_usd NOT BETWEEN 0 AND 1000000) AS cost_out_of_range,
    count(*) FILTER (WHERE llm_cost_usd > 100) AS cost_unusual
FROM stg_agent_execution_logs;
