SELECT run_number
FROM ops.run
WHERE run_id = %(run_id)s;
