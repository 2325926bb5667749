UPDATE ops.stage_attempt
SET cells_completed = %(cells_completed)s, cells_total = %(cells_total)s
WHERE run_id = %(run_id)s AND stage = %(stage)s AND attempt = %(attempt)s AND state = 'running'
