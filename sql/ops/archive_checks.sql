-- What needs a person first: checks that did not pass, the severest of them on top.
SELECT *
FROM ops.check_result
WHERE run_id = %(run_id)s
ORDER BY
    outcome = 'passed',
    array_position(ARRAY['critical', 'warning', 'info'], severity),
    suite, table_name, check_id;
