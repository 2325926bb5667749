-- Deployments of the issues touched that have reached an end, each end on the day of its deployed_at. What the row cost and
-- how long it took stand on its last end alone.
CREATE UNLOGGED TABLE touched_deployment AS
SELECT staged.id
FROM staging.deployment_pipelines AS staged
INNER JOIN touched_issue AS touched ON staged.issue_id = touched.issue_id
UNION
SELECT changed.id
FROM change_deployment_pipelines AS changed
UNION
-- Rows of one release end together.
SELECT sibling.id
FROM staging.deployment_pipelines AS sibling
WHERE
    sibling.release_id IN (
        SELECT unnest(ARRAY[changed.old_release_id, changed.new_release_id])
        FROM change_deployment_pipelines AS changed
    );
ANALYZE touched_deployment;

CREATE UNLOGGED TABLE new_fact_deployment AS
WITH released AS (
    SELECT
        part.release_id,
        part.environment,
        coalesce(part.repository, issue.repository) AS repository,
        seen.end_number,
        (array_agg(seen.deployment_id ORDER BY seen.deployed_at, seen.deployment_id))[1] AS release_deployment_id,
        CASE
            WHEN bool_or(seen.deployment_status = 'FAILED') THEN 'FAILED'
            WHEN bool_or(seen.deployment_status = 'ROLLED_BACK') THEN 'ROLLED_BACK'
            WHEN bool_or(seen.deployment_status = 'SUCCESS') THEN 'SUCCESS'
            ELSE 'PARTIAL'
        END AS release_status
    FROM staging.deployment_pipelines AS part
    INNER JOIN staging.deployment_end AS seen ON part.id = seen.deployment_id
    LEFT JOIN staging.issues AS issue ON part.issue_id = issue.id
    WHERE
        part.release_id IN (
            SELECT named.release_id
            FROM staging.deployment_pipelines AS named
            INNER JOIN touched_deployment AS touched ON named.id = touched.id
        )
    GROUP BY part.release_id, part.environment, coalesce(part.repository, issue.repository), seen.end_number
),

ended AS (
    SELECT
        staged.*,
        seen.end_number,
        seen.deployment_status AS end_status,
        seen.deployed_at AS ended_at,
        count(*) OVER (PARTITION BY seen.deployment_id)::integer - seen.end_number AS later_ends
    FROM touched_deployment AS touched
    INNER JOIN staging.deployment_pipelines AS staged ON touched.id = staged.id
    INNER JOIN staging.deployment_end AS seen ON staged.id = seen.deployment_id
)

SELECT
    ended.id AS deployment_id,
    ended.end_number,
    ended.later_ends,
    ops.day_key(ended.ended_at, %(business_timezone)s) AS time_key,
    ended.issue_id,
    coalesce(version.issue_key, -1) AS issue_key,
    coalesce(resource.infrastructure_key, -1) AS infrastructure_key,
    CASE WHEN ended.later_ends = 0 THEN ended.deployment_duration_seconds END AS deployment_duration_seconds,
    (ended.end_status = 'ROLLED_BACK')::integer AS rollback_count,
    CASE WHEN ended.later_ends = 0 THEN ended.infrastructure_cost_usd END AS infrastructure_cost_usd,
    CASE WHEN ended.later_ends = 0 THEN ended.infrastructure_cost_usd END AS total_cost_usd,
    ended.end_status AS deployment_status,
    ended.environment,
    ended.created_at AS started_at,
    ended.ended_at AS completed_at,
    ended.ended_at AS deployed_at,
    coalesce(ended.repository, issue.repository) AS repository,
    coalesce(ended.commit_sha, last_commit.commit_sha) AS commit_sha,
    ended.id::text AS pipeline_id,
    ended.release_id,
    released.release_deployment_id,
    released.release_status
FROM ended
LEFT JOIN staging.issues AS issue ON ended.issue_id = issue.id
LEFT JOIN released
    ON
        ended.release_id = released.release_id
        AND ended.end_number = released.end_number
        AND ended.environment IS NOT DISTINCT FROM released.environment
        AND coalesce(ended.repository, issue.repository) IS NOT DISTINCT FROM released.repository
LEFT JOIN issue_version AS version
    ON
        ended.issue_id = version.issue_id
        AND ops.day_key(ended.ended_at, %(business_timezone)s) >= version.from_key
        AND ops.day_key(ended.ended_at, %(business_timezone)s) < version.until_key
LEFT JOIN LATERAL (
    SELECT known.infrastructure_key
    FROM dim_infrastructure AS known
    WHERE
        known.environment = ended.environment
        AND known.effective_date < ops.day_end(ended.ended_at, %(business_timezone)s)
        AND (
            known.expiration_date IS NULL
            OR known.expiration_date >= ops.day_end(ended.ended_at, %(business_timezone)s)
        )
    ORDER BY known.resource_id
    LIMIT 1
) AS resource ON true
LEFT JOIN LATERAL (
    SELECT commit.commit_sha
    FROM staging.commits AS commit
    WHERE commit.issue_id = ended.issue_id AND commit.committed_at <= ended.ended_at
    ORDER BY commit.committed_at DESC, commit.id DESC
    LIMIT 1
) AS last_commit ON true;
ANALYZE new_fact_deployment (deployment_id, time_key, issue_id);
