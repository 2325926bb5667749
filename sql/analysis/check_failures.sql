-- Checks that did not pass, by how often; with what they are for and the run that met them last.
SELECT
    result.check_id,
    result.suite,
    result.severity,
    result.outcome,
    count(*) AS times,
    sum(result.rows_failed) AS rows_failed,
    max(run.as_of) AS last_at,
    (array_agg(result.run_id ORDER BY result.checked_at DESC))[1] AS last_run,
    (array_agg(result.note ORDER BY result.checked_at DESC))[1] AS what_it_is_for
FROM ops.check_result AS result
INNER JOIN ops.run AS run ON result.run_id = run.run_id
WHERE
    result.outcome <> 'passed'
    AND (run.as_of AT TIME ZONE ops.business_zone())::date BETWEEN %(first_day)s AND %(last_day)s
    AND (%(suite)s = '(all)' OR result.suite = %(suite)s)
    AND (%(severity)s = '(all)' OR result.severity = %(severity)s)
    AND (%(outcome)s = '(all)' OR result.outcome = %(outcome)s)
GROUP BY result.check_id, result.suite, result.severity, result.outcome
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], result.severity), times DESC, result.check_id
LIMIT %(limit)s;
