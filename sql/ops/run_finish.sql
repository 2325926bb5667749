-- The first word on how a run ended stands: a run found lost stays lost, whatever its process says later.
UPDATE ops.run
SET state = %(state)s, reason = %(reason)s, error = %(error)s, finished_at = clock_timestamp()
WHERE run_id = %(run_id)s AND state IN ('queued', 'running')
