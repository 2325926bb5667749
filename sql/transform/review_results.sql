-- Reviews in UTC.
CREATE VIEW judged_review_results AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the review has no id']
        WHEN raw.created_at IS NULL THEN ARRAY['no-day', 'the review has no created_at, so it belongs to no day']
        WHEN
            raw.created_at < '1970-01-01' OR raw.created_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('created_at', raw.created_at, %(latest_moment)s, %(source_timezone)s)]
    END AS problem
FROM raw_review_results AS raw;

CREATE UNLOGGED TABLE stg_review_results AS
SELECT
    raw.id,
    raw.issue_id,
    raw.review_score,
    raw.test_coverage_percent,
    raw.security_issues_found,
    raw.performance_issues_found,
    raw.created_at AT TIME ZONE %(source_timezone)s AS created_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_review_results AS raw
WHERE raw.problem IS NULL;
