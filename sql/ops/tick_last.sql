-- What the scheduler has already answered for the pipeline. A mark from the future is a clock's that was wrong.
SELECT max(due_at) AS due_at
FROM ops.schedule_tick
WHERE pipeline = %(pipeline)s AND due_at <= %(trusted_until)s AND recorded_at <= %(trusted_until)s
