SELECT min(due_at) AS due_at
FROM ops.schedule_tick
WHERE pipeline = %(pipeline)s AND recorded_at <= %(trusted_until)s
