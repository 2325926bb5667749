INSERT INTO ops.run (
    run_id, pipeline, interval_start, interval_end, as_of, trigger, parent_run_id, parameters,
    host, pid, requested_by, code_version
)
VALUES (
    %(run_id)s, %(pipeline)s, %(interval_start)s, %(interval_end)s, %(as_of)s, %(trigger)s, %(parent_run_id)s,
    %(parameters)s, %(host)s, %(pid)s, %(requested_by)s, %(code_version)s
)
ON CONFLICT (run_id) DO NOTHING
