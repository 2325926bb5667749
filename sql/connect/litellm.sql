-- What LiteLLM records of its requests, in a database of its own. Never selected: messages, responses, users, keys, addresses.

-- name: has_table
SELECT to_regclass('"LiteLLM_SpendLogs"') IS NOT NULL AS has_table;

-- name: extent
-- How many requests there are, about where they are many, and from when to when.
SELECT
    CASE WHEN relation.reltuples > 1000000 THEN relation.reltuples::bigint ELSE (SELECT count(*) FROM "LiteLLM_SpendLogs") END
        AS about,
    (SELECT min("startTime")::timestamptz FROM "LiteLLM_SpendLogs" WHERE "startTime" >= %(since)s) AS first_at,
    (SELECT max("startTime")::timestamptz FROM "LiteLLM_SpendLogs" WHERE "startTime" < %(until)s) AS last_at
FROM pg_class AS relation
WHERE relation.oid = to_regclass('"LiteLLM_SpendLogs"');

-- name: out_of_range
-- Requests at a moment that no clock shows.
SELECT request_id
FROM "LiteLLM_SpendLogs"
WHERE "startTime" < %(first)s OR "startTime" >= %(until)s
ORDER BY request_id
LIMIT 1000;

-- name: waiting
SELECT count(*) AS requests
FROM "LiteLLM_SpendLogs"
WHERE "startTime" >= %(since)s AND "startTime" < %(until)s;

-- name: requests
-- Requests since a moment, oldest first. Columns that a version lacks then mean the null beside the table.
SELECT present.*
FROM (
    SELECT
        NULL::text AS session_id,
        NULL::text AS status,
        NULL::text AS custom_llm_provider,
        NULL::text AS model_group,
        NULL::text AS call_type,
        NULL::jsonb AS metadata,
        NULL::text AS cache_hit,
        NULL::jsonb AS request_tags,
        NULL::text AS mcp_namespaced_tool_name
) AS absent
CROSS JOIN LATERAL (
    SELECT
        log.request_id,
        log.started_at,
        CASE WHEN log.ended_at >= log.started_at AND log.ended_at < %(until)s THEN log.ended_at ELSE log.started_at END
            AS ended_at,
        log.model,
        log.provider,
        log.spend,
        log.prompt_tokens,
        log.completion_tokens,
        log.is_from_cache,
        log.is_tool_call,
        log.tags,
        coalesce(log.session, log.told ->> 'session_id', log.told #>> '{requester_metadata,session_id}') AS session_id,
        coalesce(log.outcome, log.told ->> 'status') AS status,
        coalesce(log.told -> 'usage_object', 'null') AS usage_object,
        coalesce(log.told -> 'additional_usage_values', 'null') AS additional_usage_values
    FROM (
        SELECT
            request_id::text AS request_id,
            "startTime"::timestamptz AS started_at,
            "endTime"::timestamptz AS ended_at,
            coalesce(nullif(model, ''), nullif(model_group, '')) AS model,
            nullif(custom_llm_provider, '') AS provider,
            spend::text AS spend,
            prompt_tokens::text AS prompt_tokens,
            completion_tokens::text AS completion_tokens,
            coalesce(lower(cache_hit::text) = 'true', false) AS is_from_cache,
            coalesce(mcp_namespaced_tool_name, '') <> '' OR coalesce(call_type, '') = 'call_mcp_tool' AS is_tool_call,
            nullif(session_id, '') AS session,
            nullif(status, '') AS outcome,
            -- Some versions store the text of the JSON as a JSON string.
            CASE
                WHEN jsonb_typeof(metadata::jsonb) = 'object' THEN metadata::jsonb
                WHEN metadata::jsonb #>> '{}' LIKE '{%%}' THEN (metadata::jsonb #>> '{}')::jsonb
            END AS told,
            CASE
                WHEN jsonb_typeof(request_tags::jsonb) = 'array' THEN request_tags::jsonb
                WHEN request_tags::jsonb #>> '{}' LIKE '[%%]' THEN (request_tags::jsonb #>> '{}')::jsonb
                ELSE '[]'
            END AS tags
        FROM "LiteLLM_SpendLogs"
        WHERE "startTime" >= %(since)s AND "startTime" < %(until)s
    ) AS log
) AS present
ORDER BY present.started_at, present.request_id;
