-- name: last_successes
-- The latest run of each pipeline that succeeded, and what it says to have done.
SELECT DISTINCT ON (run.pipeline)
    run.run_id,
    run.pipeline,
    run.interval_start,
    run.interval_end,
    (SELECT coalesce(sum(counted.extracted), 0) FROM ops.row_count AS counted WHERE counted.run_id = run.run_id) AS extracted,
    (SELECT coalesce(sum(counted.quarantined), 0) FROM ops.row_count AS counted WHERE counted.run_id = run.run_id) AS quarantined
FROM ops.run AS run
WHERE run.state = 'succeeded' AND run.pipeline = ANY(%(pipelines)s) AND run.interval_end <= %(as_of)s
ORDER BY run.pipeline ASC, run.interval_end DESC, run.queued_at DESC;

-- name: out_of_memory
-- Runs of the last week that ended for want of memory: by the code, by the words of a run recorded without one.
SELECT
    run.run_id,
    run.pipeline,
    run.reason
FROM ops.run AS run
WHERE
    run.state IN ('failed', 'lost')
    AND run.queued_at > %(as_of)s - interval '7 days'
    AND (
        run.error ->> 'code' IN ('memory-exhausted', 'kernel-killed')
        OR (
            NOT coalesce(run.error ? 'code', FALSE)
            AND concat_ws(' ', run.reason, run.error::text) ~* 'SIGKILL|MemoryError|out of memory|unable to allocate'
        )
    )
ORDER BY run.queued_at DESC
LIMIT 5;

-- name: read_only
SET TRANSACTION READ ONLY; -- noqa: PRS

-- name: reader
-- The reader at hand, and functions of the server by which anybody could hold up others, for nobody has taken them from everybody.
SELECT
    session_user AS user_name,
    login.rolconnlimit = -1 AS may_take_every_connection,
    coalesce(has_table_privilege(session_user, to_regclass('ops.run'), 'INSERT'), FALSE) AS may_write,
    array(
        SELECT called.name
        FROM unnest(ARRAY['pg_advisory_lock(bigint)', 'lo_create(oid)']) AS called (name)
        WHERE has_function_privilege('public', called.name, 'EXECUTE')
    ) AS calls
FROM pg_catalog.pg_roles AS login
WHERE login.rolname = session_user;

-- name: server
SELECT
    current_setting('server_version_num')::integer AS version,
    current_setting('server_version') AS version_text,
    extract(EPOCH FROM clock_timestamp()) AS clock,
    pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers,
    pg_size_bytes(current_setting('work_mem')) AS work_mem,
    (SELECT count(*) FROM pg_stat_activity AS a WHERE a.backend_type = 'client backend') AS connections;

-- name: source_of_interval
-- What the source has of the interval, on its own clock.
SELECT
    (
        SELECT count(*) FROM agent_execution_logs
        WHERE completed_at >= %(interval_start)s AND completed_at < %(interval_end)s
    ) AS executions,
    (SELECT count(*) FROM commits WHERE committed_at >= %(interval_start)s AND committed_at < %(interval_end)s)
    + (SELECT count(*) FROM issues WHERE closed_at >= %(interval_start)s AND closed_at < %(interval_end)s)
    + (SELECT count(*) FROM review_results WHERE created_at >= %(interval_start)s AND created_at < %(interval_end)s)
    AS others,
    (SELECT max(completed_at) FROM agent_execution_logs) AS last_completed;

-- name: source_tables
SELECT wanted.name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass(wanted.name) IS NULL;

-- name: strangers
-- Sessions that have a lock of this database and are none of ours: readers, and whoever has a pipeline without being its run.
SELECT
    session.pid,
    session.usename::text AS user_name,
    session.application_name,
    reading.is_reader
FROM pg_stat_activity AS session
CROSS JOIN LATERAL (
    SELECT coalesce(
        pg_has_role(session.usesysid, to_regrole('miyabi_analyst'), 'MEMBER')
        AND NOT pg_has_role(session.usesysid, to_regrole('miyabi_etl'), 'MEMBER'), FALSE
    ) AS is_reader
) AS reading
WHERE
    EXISTS (
        SELECT 1
        FROM pg_locks AS held
        INNER JOIN pg_database AS here ON held.database = here.oid
        WHERE held.pid = session.pid AND held.locktype = 'advisory' AND held.granted AND here.datname = current_database()
    )
    AND (
        reading.is_reader
        OR EXISTS (
            SELECT 1
            FROM unnest(%(pipelines)s::text []) AS wanted (name)
            CROSS JOIN LATERAL ops.lock_sessions(ops.lock_key('pipeline', wanted.name)) AS holder
            WHERE
                holder.pid = session.pid AND holder.is_granted
                AND NOT EXISTS (
                    SELECT 1
                    FROM ops.run AS run
                    CROSS JOIN LATERAL ops.lock_sessions(ops.lock_key('run', run.run_id)) AS owner
                    WHERE run.state IN ('queued', 'running') AND owner.pid = holder.pid
                )
        )
    )
ORDER BY session.pid;

-- name: ticks
SELECT
    max(tick.recorded_at) AS last_tick,
    extract(EPOCH FROM %(as_of)s - max(tick.recorded_at)) / 60 AS minutes
FROM ops.schedule_tick AS tick
WHERE tick.recorded_at <= %(as_of)s + interval '1 hour';
