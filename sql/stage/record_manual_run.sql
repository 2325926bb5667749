-- A run without a runner: the same batch is taken up again when its interval is the same.
INSERT INTO ops.run (run_id, pipeline, interval_start, interval_end, as_of, trigger, state, host, pid, requested_by, started_at)
VALUES (
    %(run_id)s, %(pipeline)s, %(interval_start)s, %(interval_end)s, %(as_of)s,
    'notebook', 'running', %(host)s, %(pid)s, session_user, clock_timestamp()
)
ON CONFLICT (run_id) DO UPDATE SET
    interval_start = excluded.interval_start,
    interval_end = excluded.interval_end,
    as_of = excluded.as_of,
    state = 'running',
    host = excluded.host,
    pid = excluded.pid,
    finished_at = NULL;
