-- Commits of the issues touched, each with the first successful production deployment of its issue at or after it.
-- A sha that occurs twice counts once, as its commit with the smallest id; so whoever shares a sha is looked at together.
CREATE UNLOGGED TABLE touched_sha AS
SELECT staged.commit_sha
FROM staging.commits AS staged
INNER JOIN touched_issue AS touched ON staged.issue_id = touched.issue_id
UNION
SELECT unnest(ARRAY[changed.old_commit_sha, changed.new_commit_sha])
FROM change_commits AS changed;
ANALYZE touched_sha;

CREATE UNLOGGED TABLE new_fact_code_change AS
WITH counted AS (
    SELECT DISTINCT ON (staged.commit_sha) staged.*
    FROM staging.commits AS staged
    INNER JOIN touched_sha AS touched ON staged.commit_sha = touched.commit_sha
    ORDER BY staged.commit_sha, staged.id
),

carried AS (
    SELECT DISTINCT ON (counted.id)
        counted.id,
        deployment.id AS deployment_id,
        deployment.deployed_at
    FROM counted
    INNER JOIN staging.deployment_pipelines AS deployment
        ON counted.issue_id = deployment.issue_id AND counted.committed_at <= deployment.deployed_at
    WHERE deployment.deployment_status = 'SUCCESS' AND deployment.environment = 'production'
    ORDER BY counted.id, deployment.deployed_at, deployment.id
)

SELECT
    counted.commit_sha,
    counted.id AS commit_id,
    ops.day_key(counted.committed_at, %(business_timezone)s) AS time_key,
    counted.issue_id,
    coalesce(version.issue_key, -1) AS issue_key,
    issue.repository,
    counted.author,
    counted.pr_number,
    counted.committed_at,
    carried.deployment_id,
    carried.deployed_at,
    ops.day_key(carried.deployed_at, %(business_timezone)s) AS deployed_time_key,
    extract(EPOCH FROM carried.deployed_at - counted.committed_at) AS lead_time_seconds
FROM counted
LEFT JOIN carried ON counted.id = carried.id
LEFT JOIN staging.issues AS issue ON counted.issue_id = issue.id
LEFT JOIN issue_version AS version
    ON
        counted.issue_id = version.issue_id
        AND ops.day_key(counted.committed_at, %(business_timezone)s) >= version.from_key
        AND ops.day_key(counted.committed_at, %(business_timezone)s) < version.until_key;
ANALYZE new_fact_code_change (commit_sha, time_key);
