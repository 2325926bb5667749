INSERT INTO review_results (
    issue_id, review_score, test_coverage_percent, security_issues_found, performance_issues_found, created_at
)
WITH written AS (
    SELECT
        id,
        created_at + pg_temp.wait('2 days', pg_temp.chance(%(seed)s, 41, id)) AS created_at
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 40, id) < 0.55
)

SELECT
    id,
    CASE
        WHEN pg_temp.chance(%(seed)s, 42, id) < %(hostile)s THEN 9.99
        WHEN pg_temp.chance(%(seed)s, 42, id) < 0.97 THEN pg_temp.chance(%(seed)s, 43, id)::numeric
    END,
    CASE WHEN pg_temp.chance(%(seed)s, 44, id) < 0.95 THEN (100 * sqrt(pg_temp.chance(%(seed)s, 45, id)))::numeric END,
    floor(5 * pg_temp.chance(%(seed)s, 46, id) ^ 4)::integer,
    floor(5 * pg_temp.chance(%(seed)s, 47, id) ^ 3)::integer,
    date_trunc('milliseconds', created_at)
FROM written
WHERE created_at < %(end)s::timestamp
