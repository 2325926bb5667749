-- Deployments of the issues touched that have reached an end, on the day of deployed_at.
CREATE UNLOGGED TABLE touched_deployment AS
SELECT staged.id
FROM staging.deployment_pipelines AS staged
INNER JOIN touched_issue AS touched ON staged.issue_id = touched.issue_id
UNION
SELECT changed.id
FROM change_deployment_pipelines AS changed;
ANALYZE touched_deployment;

CREATE UNLOGGED TABLE new_fact_deployment AS
SELECT
    staged.id AS deployment_id,
    ops.day_key(staged.deployed_at, %(business_timezone)s) AS time_key,
    staged.issue_id,
    coalesce(version.issue_key, -1) AS issue_key,
    coalesce(resource.infrastructure_key, -1) AS infrastructure_key,
    staged.deployment_duration_seconds,
    (staged.deployment_status = 'ROLLED_BACK')::integer AS rollback_count,
    staged.infrastructure_cost_usd,
    staged.infrastructure_cost_usd AS total_cost_usd,
    staged.deployment_status,
    staged.environment,
    staged.created_at AS started_at,
    staged.deployed_at AS completed_at,
    staged.deployed_at,
    issue.repository,
    last_commit.commit_sha,
    staged.id::text AS pipeline_id
FROM staging.deployment_pipelines AS staged
INNER JOIN touched_deployment AS touched ON staged.id = touched.id
LEFT JOIN staging.issues AS issue ON staged.issue_id = issue.id
LEFT JOIN issue_version AS version
    ON
        staged.issue_id = version.issue_id
        AND ops.day_key(staged.deployed_at, %(business_timezone)s) >= version.from_key
        AND ops.day_key(staged.deployed_at, %(business_timezone)s) < version.until_key
LEFT JOIN LATERAL (
    SELECT known.infrastructure_key
    FROM dim_infrastructure AS known
    WHERE
        known.environment = staged.environment
        AND known.effective_date < ops.day_end(staged.deployed_at, %(business_timezone)s)
        AND (
            known.expiration_date IS NULL
            OR known.expiration_date >= ops.day_end(staged.deployed_at, %(business_timezone)s)
        )
    ORDER BY known.resource_id
    LIMIT 1
) AS resource ON true
LEFT JOIN LATERAL (
    SELECT commit.commit_sha
    FROM staging.commits AS commit
    WHERE commit.issue_id = staged.issue_id AND commit.committed_at <= staged.deployed_at
    ORDER BY commit.committed_at DESC, commit.id DESC
    LIMIT 1
) AS last_commit ON true
WHERE staged.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL');
ANALYZE new_fact_deployment (deployment_id, time_key, issue_id);
