-- Commits of the issues touched, each with the first successful production deployment of its issue at or after it.
-- A sha that occurs twice counts once, as its commit with the smallest id, and a short sha as the commit whose sha it begins;
-- so whoever shares a sha is looked at together.
CREATE UNLOGGED TABLE touched_sha AS
WITH named AS (
    SELECT staged.commit_sha
    FROM staging.commits AS staged
    INNER JOIN touched_issue AS touched ON staged.issue_id = touched.issue_id
    UNION
    SELECT unnest(ARRAY[changed.old_commit_sha, changed.new_commit_sha])
    FROM change_commits AS changed
)

SELECT named.commit_sha FROM named
UNION
SELECT short.commit_sha
FROM named
INNER JOIN staging.commits AS short
    ON
        left(named.commit_sha, 7) = left(short.commit_sha, 7)
        AND length(short.commit_sha) < 40
        AND starts_with(named.commit_sha, short.commit_sha);
ANALYZE touched_sha;

CREATE UNLOGGED TABLE new_fact_code_change AS
WITH counted AS (
    SELECT DISTINCT ON (staged.commit_sha)
        staged.*,
        coalesce(staged.repository, issue.repository) AS in_repository
    FROM staging.commits AS staged
    INNER JOIN touched_sha AS touched ON staged.commit_sha = touched.commit_sha
    LEFT JOIN staging.issues AS issue ON staged.issue_id = issue.id
    WHERE
        length(staged.commit_sha) >= 40
        OR staged.commit_sha = ops.whole_sha(staged.commit_sha, coalesce(staged.repository, issue.repository))
    ORDER BY staged.commit_sha, staged.id
),

-- A release carries the issues of all its rows, at its first moment, unless one of them failed; not those taken back.
issue_release AS (
    SELECT DISTINCT
        part.issue_id,
        part.release_id,
        coalesce(part.repository, issue.repository) AS repository
    FROM counted
    INNER JOIN staging.deployment_pipelines AS part ON counted.issue_id = part.issue_id
    LEFT JOIN staging.issues AS issue ON part.issue_id = issue.id
    WHERE part.environment = 'production' AND part.release_id IS NOT NULL
),

released AS (
    SELECT
        part.release_id,
        coalesce(part.repository, issue.repository) AS repository,
        (array_agg(seen.deployment_id ORDER BY seen.deployed_at, seen.deployment_id))[1] AS deployment_id,
        min(seen.deployed_at) AS deployed_at,
        array_agg(part.issue_id) FILTER (WHERE seen.deployment_status = 'ROLLED_BACK') AS taken_back
    FROM staging.deployment_pipelines AS part
    INNER JOIN staging.deployment_end AS seen ON part.id = seen.deployment_id
    LEFT JOIN staging.issues AS issue ON part.issue_id = issue.id
    WHERE
        part.environment = 'production'
        AND part.release_id IN (SELECT named.release_id FROM issue_release AS named)
    GROUP BY part.release_id, coalesce(part.repository, issue.repository), seen.end_number
    HAVING
        bool_or(seen.deployment_status = 'SUCCESS')
        AND NOT bool_or(seen.deployment_status = 'FAILED')
),

success AS (
    SELECT
        staged.issue_id,
        staged.id AS deployment_id,
        seen.deployed_at
    FROM staging.deployment_pipelines AS staged
    INNER JOIN staging.deployment_end AS seen ON staged.id = seen.deployment_id
    WHERE
        staged.issue_id IN (SELECT counted.issue_id FROM counted)
        AND staged.release_id IS NULL
        AND staged.environment = 'production'
        AND seen.deployment_status = 'SUCCESS'
    UNION ALL
    SELECT
        named.issue_id,
        released.deployment_id,
        released.deployed_at
    FROM issue_release AS named
    INNER JOIN released
        ON
            named.release_id = released.release_id
            AND named.repository IS NOT DISTINCT FROM released.repository
            AND named.issue_id <> ALL(coalesce(released.taken_back, '{}'))
),

ignored AS (
    SELECT made.author
    FROM (SELECT DISTINCT counted.author FROM counted) AS made
    WHERE ops.ignores_author(made.author)
),

carried AS (
    SELECT DISTINCT ON (counted.id)
        counted.id,
        success.deployment_id,
        success.deployed_at
    FROM counted
    INNER JOIN success ON counted.issue_id = success.issue_id AND counted.committed_at <= success.deployed_at
    ORDER BY counted.id, success.deployed_at, success.deployment_id
)

SELECT
    counted.commit_sha,
    counted.id AS commit_id,
    ops.day_key(counted.committed_at, %(business_timezone)s) AS time_key,
    counted.issue_id,
    coalesce(version.issue_key, -1) AS issue_key,
    counted.in_repository AS repository,
    counted.author,
    counted.pr_number,
    counted.committed_at,
    carried.deployment_id,
    carried.deployed_at,
    ops.day_key(carried.deployed_at, %(business_timezone)s) AS deployed_time_key,
    extract(EPOCH FROM carried.deployed_at - counted.committed_at) AS lead_time_seconds,
    counted.is_merge,
    counted.lines_added,
    counted.lines_deleted,
    coalesce(counted.author IN (SELECT bot.author FROM ignored AS bot), false) AS is_ignored_author
FROM counted
LEFT JOIN carried ON counted.id = carried.id
LEFT JOIN issue_version AS version
    ON
        counted.issue_id = version.issue_id
        AND ops.day_key(counted.committed_at, %(business_timezone)s) >= version.from_key
        AND ops.day_key(counted.committed_at, %(business_timezone)s) < version.until_key;
ANALYZE new_fact_code_change (commit_sha, time_key);
