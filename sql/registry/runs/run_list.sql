SELECT
    run.run_id,
    run.pipeline,
    run.interval_start,
    run.interval_end,
    run.trigger,
    run.state,
    run.reason,
    run.queued_at,
    run.started_at,
    run.finished_at,
    run.host,
    run.pid,
    run.requested_by,
    run.parent_run_id,
    run.archive_path,
    run.archive_error,
    extract(
        EPOCH FROM coalesce(run.finished_at, CASE WHEN run.state = 'running' THEN clock_timestamp() END)
        - run.started_at
    )::numeric(12, 3) AS seconds
FROM ops.run AS run
WHERE
    (%(pipeline)s::text IS NULL OR run.pipeline = %(pipeline)s)
    AND (%(state)s::text IS NULL OR run.state::text = %(state)s)
    AND (%(since)s::timestamptz IS NULL OR run.queued_at >= %(since)s)
ORDER BY run.queued_at DESC, run.run_number DESC
LIMIT %(limit)s
