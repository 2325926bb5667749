-- One row when a sum over the fact is not that of the batch; rows that a later run has changed since are left out of both.
WITH pair AS (
    SELECT
        wanted.llm_cost_usd AS wanted_cost,
        CASE loaded.llm_cost_source WHEN 'reported' THEN loaded.llm_cost_usd END AS loaded_cost,
        wanted.llm_tokens_input AS wanted_input,
        loaded.llm_tokens_input AS loaded_input,
        wanted.llm_tokens_output AS wanted_output,
        loaded.llm_tokens_output AS loaded_output,
        wanted.llm_tokens_cache_read AS wanted_read,
        loaded.llm_tokens_cache_read AS loaded_read,
        wanted.llm_tokens_cache_write AS wanted_write,
        loaded.llm_tokens_cache_write AS loaded_write,
        wanted.execution_duration_ms AS wanted_duration,
        loaded.execution_duration_ms AS loaded_duration
    FROM {stg_agent_execution_logs} AS wanted
    INNER JOIN {batch} AS loaded ON loaded.execution_id = wanted.id AND loaded.row_hash = wanted.row_hash
),

total AS (
    SELECT
        sum(wanted_cost) AS wanted_cost,
        sum(loaded_cost) AS loaded_cost,
        sum(wanted_input) AS wanted_input,
        sum(loaded_input) AS loaded_input,
        sum(wanted_output) AS wanted_output,
        sum(loaded_output) AS loaded_output,
        sum(wanted_read) AS wanted_read,
        sum(loaded_read) AS loaded_read,
        sum(wanted_write) AS wanted_write,
        sum(loaded_write) AS loaded_write,
        sum(wanted_duration) AS wanted_duration,
        sum(loaded_duration) AS loaded_duration
    FROM pair
)

SELECT *
FROM total
WHERE
    (wanted_input, wanted_output, wanted_read, wanted_write, wanted_duration)
    IS DISTINCT FROM (loaded_input, loaded_output, loaded_read, loaded_write, loaded_duration)
    -- Zeros that are no report are null in the fact, and a sum of nothing is as good as zero.
    OR coalesce(wanted_cost, 0) <> coalesce(loaded_cost, 0);
