UPDATE ops.run
SET state = 'running', started_at = coalesce(started_at, clock_timestamp())
WHERE run_id = %(run_id)s AND state IN ('queued', 'running')
