-- Deployments. The status changes in place and often no column tells when, so the whole look-back is read again each time.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table. The digest of a row
-- without such values is that of its other columns.
SELECT present.*
FROM (
    SELECT
        NULL::text AS release_id,
        NULL::text AS repository,
        NULL::text AS commit_sha,
        NULL::timestamp AS updated_at
) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        issue_id::bigint AS issue_id,
        deployment_status::text AS deployment_status,
        deployment_duration_seconds::numeric AS deployment_duration_seconds,
        infrastructure_cost_usd::numeric AS infrastructure_cost_usd,
        environment::text AS environment,
        deployed_at::timestamp AS deployed_at,
        created_at::timestamp AS created_at,
        release_id::text AS release_id,
        repository::text AS repository,
        commit_sha::text AS commit_sha,
        updated_at::timestamp AS updated_at,
        int8xor(
            hash_record_extended(
                ROW(
                    id, issue_id, deployment_status, deployment_duration_seconds, infrastructure_cost_usd,
                    environment, deployed_at, created_at
                ), 0
            ),
            CASE
                WHEN num_nonnulls(release_id, repository, commit_sha, updated_at) > 0
                    THEN hash_record_extended(ROW(release_id, repository, commit_sha, updated_at), 0)
                ELSE 0
            END
        ) AS row_hash,
        created_at::timestamp AS event_at
    FROM deployment_pipelines
    WHERE
        (deployed_at >= %(first)s AND deployed_at < %(last)s AND coalesce(deployed_at <@ %(windows)s::tsmultirange, true))
        OR (created_at >= %(first)s AND created_at < %(last)s AND coalesce(created_at <@ %(windows)s::tsmultirange, true))
        OR (updated_at >= %(first)s AND updated_at < %(last)s AND coalesce(updated_at <@ %(windows)s::tsmultirange, true))
        OR id = ANY(%(ids)s::bigint [])
        OR (%(undated)s AND deployed_at IS NULL AND created_at IS NULL)
        OR (%(undated)s AND (
            deployed_at < '1970-01-01' OR deployed_at >= %(latest)s
            OR created_at < '1970-01-01' OR created_at >= %(latest)s
            OR updated_at < '1970-01-01' OR updated_at >= %(latest)s
        ))
        OR (%(uncounted)s AND created_at IS NULL)
) AS present;
