-- name: leave
-- All that a connection has landed is gone from now on; what it meant is made into the source's tables like any other change.
UPDATE landing.issue SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.label SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.commit SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.commit_lines SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.commit_issue SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.pull_request SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.pull_request_issue SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.pull_request_commit SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.review SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.deployment SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.deployment_commit SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;
UPDATE landing.answer SET gone_at = now(), changed_by = %(number)s WHERE connection = %(connection)s;

-- name: remove
DELETE FROM landing.issue WHERE connection = %(connection)s;
DELETE FROM landing.label WHERE connection = %(connection)s;
DELETE FROM landing.commit WHERE connection = %(connection)s;
DELETE FROM landing.commit_lines WHERE connection = %(connection)s;
DELETE FROM landing.commit_issue WHERE connection = %(connection)s;
DELETE FROM landing.pull_request WHERE connection = %(connection)s;
DELETE FROM landing.pull_request_issue WHERE connection = %(connection)s;
DELETE FROM landing.pull_request_commit WHERE connection = %(connection)s;
DELETE FROM landing.review WHERE connection = %(connection)s;
DELETE FROM landing.deployment WHERE connection = %(connection)s;
DELETE FROM landing.deployment_commit WHERE connection = %(connection)s;
DELETE FROM landing.answer WHERE connection = %(connection)s;
DELETE FROM landing.quarantine WHERE connection = %(connection)s;
DELETE FROM landing.cursor WHERE connection = %(connection)s;

-- Its executions lose their issue and say why.
WITH lost AS (
    DELETE FROM issues AS issue
    WHERE
        issue.deleted_at IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM landing.issue AS tracked
            WHERE
                tracked.repository = issue.repository
                AND tracked.key = substr(issue.x_key, length(issue.repository) + 2)
        )
        AND NOT EXISTS (
            SELECT FROM landing.commit_link AS named
            WHERE
                named.key_repository = issue.repository
                AND named.key = substr(issue.x_key, length(issue.repository) + 2)
        )
        AND NOT EXISTS (
            SELECT FROM landing.pull_link AS named
            WHERE
                named.key_repository = issue.repository
                AND named.key = substr(issue.x_key, length(issue.repository) + 2)
        )
    RETURNING issue.id
)

UPDATE agent_execution_logs AS done
SET issue_id = NULL, x_link = NULL, x_unlinked = 'branch names no issue'
FROM lost
WHERE done.issue_id = lost.id;

WITH lost AS (
    DELETE FROM landing.repository AS known
    WHERE
        NOT EXISTS (SELECT FROM landing.issue AS landed WHERE landed.repository = known.repository)
        AND NOT EXISTS (SELECT FROM landing.commit AS landed WHERE landed.repository = known.repository)
        AND NOT EXISTS (SELECT FROM landing.pull_request AS landed WHERE landed.repository = known.repository)
        AND NOT EXISTS (SELECT FROM landing.deployment AS landed WHERE landed.repository = known.repository)
    RETURNING known.repository
)

UPDATE agent_execution_logs AS done
SET issue_id = NULL, commit_sha = NULL, x_link = NULL, x_unlinked = 'repository is not connected', x_repository_link = NULL
FROM lost
WHERE done.repository = lost.repository;
UPDATE landing.sync SET conformed_at = now() WHERE conformed_at IS NULL AND number <= %(number)s;
