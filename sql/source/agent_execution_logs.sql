-- Completed executions. A row is written when an execution starts and completed in place; until then it is not read.
-- Read: completed_at in a window, an id asked for, or a completed_at that no calendar holds (before 1970, or later than
-- tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table.
SELECT present.*
FROM (
    SELECT
        NULL::numeric AS memory_usage_mb,
        NULL::numeric AS cpu_usage_percent,
        NULL::text AS error_message,
        NULL::text AS external_id,
        NULL::text AS session_id,
        NULL::text AS llm_model,
        NULL::text AS llm_provider,
        NULL::bigint AS llm_tokens_cache_read,
        NULL::bigint AS llm_tokens_cache_write,
        NULL::bigint AS llm_tokens_cache_write_1h,
        NULL::bigint AS llm_tokens_reasoning,
        NULL::text AS repository,
        NULL::text AS branch,
        NULL::text AS commit_sha
) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        issue_id::bigint AS issue_id,
        agent_id::text AS agent_id,
        started_at::timestamp AS started_at,
        completed_at::timestamp AS completed_at,
        execution_duration_ms::bigint AS execution_duration_ms,
        memory_usage_mb::numeric AS memory_usage_mb,
        cpu_usage_percent::numeric AS cpu_usage_percent,
        llm_tokens_input::bigint AS llm_tokens_input,
        llm_tokens_output::bigint AS llm_tokens_output,
        llm_cost_usd::numeric AS llm_cost_usd,
        success::boolean AS success,
        error_message::text AS error_message,
        created_at::timestamp AS created_at,
        external_id::text AS external_id,
        session_id::text AS session_id,
        llm_model::text AS llm_model,
        llm_provider::text AS llm_provider,
        llm_tokens_cache_read::bigint AS llm_tokens_cache_read,
        llm_tokens_cache_write::bigint AS llm_tokens_cache_write,
        llm_tokens_cache_write_1h::bigint AS llm_tokens_cache_write_1h,
        llm_tokens_reasoning::bigint AS llm_tokens_reasoning,
        repository::text AS repository,
        branch::text AS branch,
        commit_sha::text AS commit_sha,
        -- Exclusive or: a row without optional values has the digest that it always had.
        int8xor(
            hash_record_extended(
                ROW(
                    id, issue_id, agent_id, started_at, completed_at, execution_duration_ms, memory_usage_mb,
                    cpu_usage_percent, llm_tokens_input, llm_tokens_output, llm_cost_usd, success, error_message, created_at
                ), 0
            ),
            CASE
                WHEN
                    num_nonnulls(
                        external_id, session_id, llm_model, llm_provider, llm_tokens_cache_read, llm_tokens_cache_write,
                        llm_tokens_cache_write_1h, llm_tokens_reasoning, repository, branch, commit_sha
                    ) > 0
                    THEN hash_record_extended(
                        ROW(
                            external_id, session_id, llm_model, llm_provider, llm_tokens_cache_read, llm_tokens_cache_write,
                            llm_tokens_cache_write_1h, llm_tokens_reasoning, repository, branch, commit_sha
                        ), 0
                    )
                ELSE 0
            END
        ) AS row_hash,
        completed_at::timestamp AS event_at
    FROM agent_execution_logs
    WHERE
        (completed_at >= %(first)s AND completed_at < %(last)s AND coalesce(completed_at <@ %(windows)s::tsmultirange, true))
        OR (id = ANY(%(ids)s::bigint []) AND completed_at IS NOT NULL)
        OR (%(undated)s AND (completed_at < '1970-01-01' OR completed_at >= %(latest)s))
) AS present;
