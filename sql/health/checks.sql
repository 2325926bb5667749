-- Checks of the last 24 hours that did not pass, worst first.
SELECT
    c.run_id,
    c.suite,
    c.check_id,
    c.severity,
    c.outcome,
    c.note,
    c.rows_failed
FROM ops.check_result AS c
INNER JOIN ops.run AS r USING (run_id)
WHERE
    r.as_of > %(as_of)s - interval '24 hours' AND r.as_of <= %(as_of)s
    AND c.outcome <> 'passed' AND c.severity IN ('critical', 'warning')
ORDER BY c.severity, c.rows_failed DESC NULLS LAST, c.check_id
LIMIT 100;
