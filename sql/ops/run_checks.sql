SELECT
    suite,
    check_id,
    layer,
    table_name,
    severity,
    outcome,
    rows_failed,
    note
FROM ops.check_result
WHERE run_id = %(run_id)s
ORDER BY outcome = 'passed', severity, suite, check_id
