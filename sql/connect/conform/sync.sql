-- name: first
-- The first sync whose rows have not been made into the source's tables; null where there is none.
SELECT min(sync.number) AS number
FROM connect.sync AS sync
WHERE sync.conformed_at IS NULL AND sync.number <= %(number)s;

-- name: has_news
-- Whether any landing table has a row of these syncs: answered from indexes alone.
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
    OR EXISTS (SELECT FROM connect.deployment_commit WHERE changed_by >= %(since)s)
    OR EXISTS (SELECT FROM connect.answer WHERE changed_by >= %(since)s) AS has_news;
