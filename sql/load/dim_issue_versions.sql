-- A first version holds since ever: a commit may have been made before its issue was filed.
CREATE TABLE new_version (issue_id bigint, issue_key bigint, from_key integer);
WITH added AS (
    INSERT INTO dim_issue (
        issue_id, issue_number, title, description, priority, complexity, issue_type, category, repository, created_by, labels,
        state, source_created_at, source_updated_at, source_closed_at, effective_date, version, is_inferred
    )
    SELECT
        wanted.issue_id,
        wanted.issue_number,
        wanted.title,
        wanted.description,
        wanted.priority,
        wanted.complexity,
        wanted.issue_type,
        wanted.category,
        wanted.repository,
        wanted.created_by,
        wanted.labels,
        wanted.state,
        wanted.source_created_at,
        wanted.source_updated_at,
        wanted.source_closed_at,
        CASE WHEN wanted.action = 'open' THEN '1900-01-01 00:00:00+00' ELSE wanted.changed_at END,
        coalesce(wanted.held_version, 0) + 1,
        wanted.is_inferred
    FROM wanted_issue AS wanted
    WHERE wanted.action IN ('open', 'succeed')
    RETURNING issue_id, issue_key, effective_date, version
)

INSERT INTO new_version (issue_id, issue_key, from_key)
SELECT
    added.issue_id,
    added.issue_key,
    ops.day_key(added.effective_date, %(business_timezone)s)
FROM added
WHERE added.version > 1;
ANALYZE new_version;
