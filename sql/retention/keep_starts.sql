-- Cycle time needs an issue's first execution after the month has left.
INSERT INTO staging.archived_issue_start AS kept (issue_id, first_started_at)
SELECT
    fact.issue_id,
    min(fact.started_at)
FROM {partition} AS fact
WHERE fact.issue_id IS NOT NULL AND fact.started_at IS NOT NULL
GROUP BY fact.issue_id
ON CONFLICT (issue_id) DO UPDATE
    SET first_started_at = least(kept.first_started_at, excluded.first_started_at);
