UPDATE ops.run
SET state = 'succeeded', finished_at = clock_timestamp()
WHERE run_id = %(run_id)s AND trigger = 'notebook' AND state = 'running';
