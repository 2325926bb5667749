UPDATE ops.schedule_tick
SET outcome = %(outcome)s, run_id = %(run_id)s
WHERE pipeline = %(pipeline)s AND interval_start = %(key)s
