SELECT
    layer,
    check_id,
    severity,
    outcome,
    rows_checked,
    rows_failed,
    note,
    observed,
    offending_rows_sql
FROM ops.check_result
WHERE run_id = %(run_id)s
ORDER BY
    array_position(ARRAY['could not check', 'failed', 'passed'], outcome),
    array_position(ARRAY['critical', 'warning', 'info'], severity),
    check_id;
