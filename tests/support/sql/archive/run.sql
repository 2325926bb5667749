INSERT INTO ops.run (
    run_id, pipeline, interval_start, interval_end, as_of, trigger, parameters, state, reason, error, host, pid,
    requested_by, code_version, queued_at, started_at, finished_at
)
VALUES (
    %(run_id)s, %(pipeline)s, %(interval_start)s, %(interval_end)s, %(as_of)s, %(trigger)s, %(parameters)s, %(state)s,
    %(reason)s, %(error)s, 'dw-host', 4711, 'etl', '1.0.0', %(queued_at)s, %(started_at)s, %(finished_at)s
);
