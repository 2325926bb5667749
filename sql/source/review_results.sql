-- Reviews. One an issue.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table.
SELECT present.*
FROM (SELECT NULL::bigint AS security_issues_found, NULL::bigint AS performance_issues_found) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        issue_id::bigint AS issue_id,
        review_score::numeric AS review_score,
        test_coverage_percent::numeric AS test_coverage_percent,
        security_issues_found::bigint AS security_issues_found,
        performance_issues_found::bigint AS performance_issues_found,
        created_at::timestamp AS created_at,
        hash_record_extended(
            ROW(
                id, issue_id, review_score, test_coverage_percent,
                security_issues_found, performance_issues_found, created_at
            ), 0
        ) AS row_hash,
        created_at::timestamp AS event_at
    FROM review_results
    WHERE
        (created_at >= %(first)s AND created_at < %(last)s AND coalesce(created_at <@ %(windows)s::tsmultirange, true))
        OR id = ANY(%(ids)s::bigint [])
        OR (%(undated)s AND created_at IS NULL)
        OR (%(undated)s AND (created_at < '1970-01-01' OR created_at >= %(latest)s))
) AS present;
