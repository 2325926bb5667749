SELECT
    run.run_number,
    run.run_id,
    run.pipeline,
    run.interval_start,
    run.interval_end,
    run.as_of,
    run.trigger,
    run.parent_run_id,
    run.parameters,
    run.state,
    run.reason,
    run.error,
    run.host,
    run.pid,
    run.requested_by,
    run.code_version,
    run.queued_at,
    run.started_at,
    run.finished_at,
    run.cancel_requested_at,
    run.archive_path,
    run.archive_error,
    run.manifest_sha256,
    ops.run_is_alive(run.run_id) AS is_alive,
    extract(
        EPOCH FROM coalesce(
            run.finished_at,
            CASE
                WHEN run.state = 'running' AND (run.run_id LIKE 'manual-%%' OR ops.run_is_alive(run.run_id))
                    THEN clock_timestamp()
            END
        ) - run.started_at
    )::numeric(12, 3) AS seconds
FROM ops.run AS run
WHERE
    (%(pipeline)s::text IS NULL OR run.pipeline = %(pipeline)s)
    AND (
        %(state)s::text IS NULL
        OR %(state)s = CASE
            WHEN
                run.state IN ('queued', 'running')
                AND run.run_id NOT LIKE 'manual-%%'
                AND NOT ops.run_is_alive(run.run_id)
                THEN 'lost'
            ELSE run.state::text
        END
    )
    AND (%(since)s::timestamptz IS NULL OR run.queued_at >= %(since)s)
    AND (
        %(after)s::text IS NULL
        OR (run.queued_at, run.run_number) < (
            SELECT
                shown.queued_at,
                shown.run_number
            FROM ops.run AS shown
            WHERE shown.run_id = %(after)s
        )
    )
ORDER BY run.queued_at DESC, run.run_number DESC
LIMIT %(limit)s
