INSERT INTO ops.check_result (
    run_id, suite, layer, table_name, check_id, column_name, expectation, severity, outcome, note, observed,
    rows_checked, rows_failed, offending_rows_sql
)
VALUES (
    %(run_id)s, %(suite)s, 'conformed', %(table_name)s, %(check_id)s, %(column_name)s, %(expectation)s, %(severity)s,
    %(outcome)s, %(note)s, %(observed)s, %(rows_checked)s, %(rows_failed)s, %(offending_rows_sql)s
);
