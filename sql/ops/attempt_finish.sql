UPDATE ops.stage_attempt
SET
    state = %(state)s,
    finished_at = clock_timestamp(),
    cells_completed = coalesce(%(cells_completed)s, cells_completed),
    cells_total = coalesce(%(cells_total)s, cells_total),
    engine = coalesce(%(engine)s, engine),
    notebook = coalesce(%(notebook)s, notebook),
    error = %(error)s
WHERE run_id = %(run_id)s AND stage = %(stage)s AND attempt = %(attempt)s
