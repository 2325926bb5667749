-- Issues and their versions: half-open intervals that neither overlap nor leave a hole.
WITH corrected AS (
    UPDATE dim_issue AS held
    SET
        issue_number = wanted.issue_number,
        title = wanted.title,
        description = wanted.description,
        priority = wanted.priority,
        complexity = wanted.complexity,
        issue_type = wanted.issue_type,
        category = wanted.category,
        repository = wanted.repository,
        created_by = wanted.created_by,
        labels = wanted.labels,
        state = wanted.state,
        source_created_at = wanted.source_created_at,
        source_updated_at = wanted.source_updated_at,
        source_closed_at = wanted.source_closed_at,
        is_inferred = wanted.is_inferred,
        record_updated_at = now()
    FROM wanted_issue AS wanted
    WHERE held.issue_key = wanted.held_key AND wanted.action = 'correct'
    RETURNING held.issue_key
),

ended AS (
    UPDATE dim_issue AS held
    SET
        expiration_date = wanted.changed_at,
        is_current = false,
        record_updated_at = now()
    FROM wanted_issue AS wanted
    WHERE held.issue_key = wanted.held_key AND wanted.action = 'succeed'
    RETURNING held.issue_key
)

SELECT
    (SELECT count(*) FROM corrected) + (SELECT count(*) FROM ended) AS updated,
    (SELECT count(*) FROM wanted_issue WHERE wanted_issue.action IN ('open', 'succeed')) AS inserted,
    (SELECT count(*) FROM wanted_issue WHERE wanted_issue.action = 'keep') AS unchanged,
    0 AS deleted;
