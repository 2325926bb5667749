-- Results of checks by day, suite, severity and outcome.
SELECT
    (checked_at AT TIME ZONE ops.business_zone())::date AS day,
    suite,
    severity,
    outcome,
    count(*) AS checks,
    sum(rows_failed) AS rows_failed
FROM ops.check_result
WHERE
    (checked_at AT TIME ZONE ops.business_zone())::date BETWEEN %(first_day)s AND %(last_day)s
    AND (%(suite)s = '(all)' OR suite = %(suite)s)
    AND (%(severity)s = '(all)' OR severity = %(severity)s)
    AND (%(outcome)s = '(all)' OR outcome = %(outcome)s)
GROUP BY 1, 2, 3, 4
ORDER BY 1 DESC, 2, 3, 4;
