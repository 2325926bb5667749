INSERT INTO ops.stage_attempt (run_id, stage, attempt, position, state, notebook, cells_total, cells_completed)
SELECT
    %(run_id)s,
    %(stage)s,
    coalesce(max(earlier.attempt), 0) + 1,
    %(position)s,
    'running',
    NULL,
    %(cells_total)s,
    0
FROM ops.stage_attempt AS earlier
WHERE earlier.run_id = %(run_id)s AND earlier.stage = %(stage)s
RETURNING attempt
