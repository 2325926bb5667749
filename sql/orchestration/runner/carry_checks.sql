-- Only what stages before the one that is run again have checked: that one checks again.
INSERT INTO ops.check_result (
    run_id, suite, layer, table_name, check_id, column_name, expectation, severity, outcome, note, observed,
    rows_checked, rows_failed, offending_rows_sql, checked_at
)
SELECT
    %(run_id)s,
    checked.suite,
    checked.layer,
    checked.table_name,
    checked.check_id,
    checked.column_name,
    checked.expectation,
    checked.severity,
    checked.outcome,
    checked.note,
    checked.observed,
    checked.rows_checked,
    checked.rows_failed,
    checked.offending_rows_sql,
    checked.checked_at
FROM ops.check_result AS checked
WHERE
    checked.run_id = %(parent_run_id)s
    AND checked.checked_at < coalesce(
        (
            SELECT min(attempt.started_at)
            FROM ops.stage_attempt AS attempt
            WHERE attempt.run_id = %(parent_run_id)s AND attempt.position = %(position)s
        ),
        'infinity'
    )
ON CONFLICT DO NOTHING
