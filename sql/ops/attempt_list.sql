SELECT
    stage,
    attempt,
    position,
    state,
    started_at,
    finished_at,
    cells_total,
    cells_completed,
    engine,
    notebook,
    error,
    extract(EPOCH FROM coalesce(finished_at, clock_timestamp()) - started_at)::numeric(12, 3) AS seconds
FROM ops.stage_attempt
WHERE run_id = %(run_id)s
ORDER BY started_at, position, attempt
