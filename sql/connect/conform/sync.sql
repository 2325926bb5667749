-- name: first
-- The first sync whose rows have not been made into the source's tables; null where there is none.
SELECT min(sync.number) AS number
FROM landing.sync AS sync
WHERE sync.conformed_at IS NULL AND sync.number <= %(number)s;

-- name: news
-- Whether these syncs wrote any row, of what changes were made and of answers: told from indexes alone.
SELECT
    EXISTS (SELECT FROM landing.issue WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.label WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.commit WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.commit_lines WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.commit_issue WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.pull_request WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.pull_request_issue WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.pull_request_commit WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.review WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.deployment WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM landing.deployment_commit WHERE changed_by >= %(since)s) AS of_changes,
    EXISTS (SELECT FROM landing.answer WHERE changed_by >= %(since)s) AS of_answers;

-- name: finish
DROP TABLE IF EXISTS
new_repository, touched_pull, touched_commit, touched_key, changed_release, timed_release, touched_release, landed_release, carried,
unnamed_commit, released_commit, carrying_release, new_release, new_issue, squashed_commit, new_commit, touched_label, new_label, touched_review, new_review, new_worktree,
new_pull, touched_time, touched_execution, told_execution, placed_execution, made_meanwhile, linked_execution, new_execution;

-- name: statistics
-- The planner takes an empty table for small until somebody counts: after a first sync, that is now.
SELECT landing.refresh_statistics(
    'landing.issue', (SELECT count(*) FROM landing.issue WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, key'
);
SELECT landing.refresh_statistics(
    'landing.label', (SELECT count(*) FROM landing.label WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, issue_key'
);
SELECT landing.refresh_statistics(
    'landing.commit', (SELECT count(*) FROM landing.commit WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, sha, committed_at, pr_number, reverts'
);
SELECT landing.refresh_statistics(
    'landing.commit_lines', (SELECT count(*) FROM landing.commit_lines WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, sha'
);
SELECT landing.refresh_statistics(
    'landing.commit_issue', (SELECT count(*) FROM landing.commit_issue WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, sha, issue_key'
);
SELECT landing.refresh_statistics(
    'landing.pull_request', (SELECT count(*) FROM landing.pull_request WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number, merge_commit_sha, head_branch'
);
SELECT landing.refresh_statistics(
    'landing.pull_request_issue', (SELECT count(*) FROM landing.pull_request_issue WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number, issue_key'
);
SELECT landing.refresh_statistics(
    'landing.pull_request_commit', (SELECT count(*) FROM landing.pull_request_commit WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number, sha'
);
SELECT landing.refresh_statistics(
    'landing.review', (SELECT count(*) FROM landing.review WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number'
);
SELECT landing.refresh_statistics(
    'landing.deployment', (SELECT count(*) FROM landing.deployment WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, environment, release_id'
);
SELECT landing.refresh_statistics(
    'landing.deployment_commit', (SELECT count(*) FROM landing.deployment_commit WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, environment, release_id, sha'
);
SELECT landing.refresh_statistics(
    'landing.answer', (SELECT count(*) FROM landing.answer WHERE changed_by >= %(since)s), 'gone_at, changed_by, connection, execution_id'
);
