INSERT INTO ops.check_result (
    run_id, suite, layer, table_name, check_id, column_name, expectation, severity, outcome, note,
    observed, rows_checked, rows_failed, offending_rows_sql
)
SELECT
    %(run_id)s,
    result.suite,
    result.layer,
    result.table_name,
    result.check_id,
    result.column_name,
    result.expectation,
    result.severity,
    result.outcome,
    result.note,
    result.observed || jsonb_build_object('quarantines', result.quarantines),
    result.rows_checked,
    result.rows_failed,
    result.offending_rows_sql
FROM jsonb_to_recordset(%(results)s::jsonb) AS result (
    suite text, layer text, table_name text, check_id text, column_name text, expectation text, severity text,
    outcome text, note text, observed jsonb, rows_checked bigint, rows_failed bigint, offending_rows_sql text,
    quarantines boolean
);
