-- Checks that did not pass, by how often; with what they are for and the run that met them last.
SELECT
    check_id,
    suite,
    severity,
    outcome,
    count(*) AS times,
    sum(rows_failed) AS rows_failed,
    max(checked_at) AS last_at,
    (array_agg(run_id ORDER BY checked_at DESC))[1] AS last_run,
    (array_agg(note ORDER BY checked_at DESC))[1] AS what_it_is_for
FROM ops.check_result
WHERE
    outcome <> 'passed'
    AND (checked_at AT TIME ZONE ops.business_zone())::date BETWEEN %(first_day)s AND %(last_day)s
    AND (%(suite)s = '(all)' OR suite = %(suite)s)
    AND (%(severity)s = '(all)' OR severity = %(severity)s)
    AND (%(outcome)s = '(all)' OR outcome = %(outcome)s)
GROUP BY check_id, suite, severity, outcome
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), times DESC, check_id
LIMIT %(limit)s;
