-- name: first
-- The first sync whose rows have not been made into the source's tables; null where there is none.
SELECT min(sync.number) AS number
FROM connect.sync AS sync
WHERE sync.conformed_at IS NULL AND sync.number <= %(number)s;

-- name: news
-- Whether these syncs wrote any row, of what changes were made and of answers: told from indexes alone.
SELECT
    EXISTS (SELECT FROM connect.issue WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.label WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.commit WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.commit_issue WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.pull_request WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.pull_request_issue WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.pull_request_commit WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.review WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.deployment WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.deployment_commit WHERE changed_by >= %(since)s) AS of_changes,
    EXISTS (SELECT FROM connect.answer WHERE changed_by >= %(since)s) AS of_answers;

-- name: finish
DROP TABLE IF EXISTS
new_repository, touched_pull, touched_commit, touched_key, timed_release, touched_release, landed_release, carried,
unnamed_commit, new_release, new_issue, squashed_commit, new_commit, touched_label, new_label, touched_review, new_review, new_worktree,
touched_time, touched_execution, touched_answer, single_answer, told_execution, placed_execution, made_meanwhile, linked_execution, new_execution;

-- name: statistics
-- The planner takes an empty table for small until somebody counts: after a first sync, that is now.
SELECT connect.refresh_statistics(
    'connect.issue', (SELECT count(*) FROM connect.issue WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, key'
);
SELECT connect.refresh_statistics(
    'connect.label', (SELECT count(*) FROM connect.label WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, issue_key'
);
SELECT connect.refresh_statistics(
    'connect.commit', (SELECT count(*) FROM connect.commit WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, sha, committed_at, pr_number, reverts'
);
SELECT connect.refresh_statistics(
    'connect.commit_issue', (SELECT count(*) FROM connect.commit_issue WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, sha, issue_key'
);
SELECT connect.refresh_statistics(
    'connect.pull_request', (SELECT count(*) FROM connect.pull_request WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number, merge_commit_sha, head_branch'
);
SELECT connect.refresh_statistics(
    'connect.pull_request_issue', (SELECT count(*) FROM connect.pull_request_issue WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number, issue_key'
);
SELECT connect.refresh_statistics(
    'connect.pull_request_commit', (SELECT count(*) FROM connect.pull_request_commit WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number, sha'
);
SELECT connect.refresh_statistics(
    'connect.review', (SELECT count(*) FROM connect.review WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, number'
);
SELECT connect.refresh_statistics(
    'connect.deployment', (SELECT count(*) FROM connect.deployment WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, environment, release_id'
);
SELECT connect.refresh_statistics(
    'connect.deployment_commit', (SELECT count(*) FROM connect.deployment_commit WHERE changed_by >= %(since)s), 'gone_at, changed_by, repository, environment, release_id, sha'
);
SELECT connect.refresh_statistics(
    'connect.answer', (SELECT count(*) FROM connect.answer WHERE changed_by >= %(since)s), 'gone_at, changed_by, connection, execution_id, answer_id'
);
