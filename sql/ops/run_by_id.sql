SELECT
    run.*,
    ops.run_is_alive(run.run_id) AS is_alive,
    extract(
        EPOCH FROM coalesce(run.finished_at, CASE WHEN run.state = 'running' THEN clock_timestamp() END)
        - run.started_at
    )::numeric(12, 3) AS seconds
FROM ops.run AS run
WHERE run.run_id = %(run_id)s
