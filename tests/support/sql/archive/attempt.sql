INSERT INTO ops.stage_attempt (
    run_id, stage, attempt, position, state, started_at, finished_at, cells_total, cells_completed, engine, error
)
VALUES (
    %(run_id)s, %(stage)s, %(attempt)s, %(position)s, %(state)s, %(started_at)s, %(finished_at)s, 6,
    %(cells_completed)s, 'warm', %(error)s
);
