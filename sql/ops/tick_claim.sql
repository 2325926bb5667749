-- The worker of a pipeline is the only one, so what it finds started was left by a worker that died.
INSERT INTO ops.schedule_tick (pipeline, interval_start, due_at, outcome, recorded_at)
VALUES (%(pipeline)s, %(key)s, %(due_at)s, 'started', %(now)s)
ON CONFLICT (pipeline, interval_start) DO UPDATE SET
    due_at = excluded.due_at,
    run_id = NULL,
    outcome = 'started',
    tries = CASE WHEN schedule_tick.outcome = 'skipped' THEN schedule_tick.tries ELSE schedule_tick.tries + 1 END,
    recorded_at = excluded.recorded_at
