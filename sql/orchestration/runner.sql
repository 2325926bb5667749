-- name: lock_holders
-- Runs that have the pipeline's lock now.
SELECT
    run.run_id,
    run.host,
    run.pid,
    run.started_at,
    run.trigger,
    session.is_exclusive
FROM ops.lock_sessions(ops.lock_key('pipeline', %(pipeline)s)) AS session
INNER JOIN ops.run AS run
    ON run.pipeline = %(pipeline)s AND run.state IN ('queued', 'running')
INNER JOIN LATERAL ops.lock_sessions(ops.lock_key('run', run.run_id)) AS owner
    ON session.pid = owner.pid
WHERE session.is_granted
ORDER BY run.queued_at;

-- name: lock_strangers
-- Sessions that have the pipeline's lock and are no run.
SELECT
    session.pid,
    activity.usename::text AS user_name,
    activity.application_name,
    coalesce(
        pg_has_role(activity.usesysid, to_regrole('miyabi_analyst'), 'MEMBER')
        AND NOT pg_has_role(activity.usesysid, to_regrole('miyabi_etl'), 'MEMBER'), FALSE
    ) AS is_reader
FROM ops.lock_sessions(ops.lock_key('pipeline', %(pipeline)s)) AS session
INNER JOIN pg_stat_activity AS activity ON session.pid = activity.pid
WHERE
    session.is_granted
    AND NOT EXISTS (
        SELECT 1
        FROM ops.run AS run
        CROSS JOIN LATERAL ops.lock_sessions(ops.lock_key('run', run.run_id)) AS owner
        WHERE run.state IN ('queued', 'running') AND owner.pid = session.pid
    )
ORDER BY session.pid;

-- name: pause_list
-- A pause whose time is over is none.
SELECT
    pipeline,
    paused_at,
    paused_until,
    paused_by,
    why
FROM ops.pause
WHERE paused_until IS NULL OR paused_until > %(now)s
ORDER BY pipeline;

-- name: pause_put
INSERT INTO ops.pause (pipeline, paused_until, paused_by, why)
VALUES (%(pipeline)s, %(paused_until)s, %(paused_by)s, %(why)s)
ON CONFLICT (pipeline) DO UPDATE SET
    paused_at = clock_timestamp(),
    paused_until = excluded.paused_until,
    paused_by = excluded.paused_by,
    why = excluded.why;

-- name: pause_remove
DELETE FROM ops.pause
WHERE pipeline = %(pipeline)s;

-- name: calls_prune
DELETE FROM ops.api_call
WHERE called_at < %(before)s;

-- name: cancel
UPDATE ops.run
SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
WHERE run_id = %(run_id)s AND state IN ('queued', 'running');

-- name: carry_rows
-- What the resumed run had extracted is the new run's extract; what became of the rows is measured again.
INSERT INTO ops.row_count (run_id, source_table, extracted)
SELECT %(run_id)s, source_table, extracted
FROM ops.row_count
WHERE run_id = %(parent_run_id)s
ON CONFLICT DO NOTHING;

-- name: children
SELECT
    run_id,
    state
FROM ops.run
WHERE parent_run_id = %(run_id)s AND trigger = 'resume'
ORDER BY run_number DESC;

-- name: end_reader
SELECT pg_terminate_backend(%(pid)s) AS is_ended;

-- name: heartbeat
SELECT
    state,
    cancel_requested_at IS NOT NULL AS is_cancel_requested
FROM ops.run
WHERE run_id = %(run_id)s;

-- name: prune
-- What facts, signatures or younger runs refer to is kept for ever, and so is the last word on each interval.
DELETE FROM ops.run AS run
WHERE
    run.state IN ('succeeded', 'failed', 'skipped', 'lost', 'cancelled')
    AND run.queued_at < %(before)s
    AND (run.state = 'skipped' OR run.archive_path IS NOT NULL)
    AND (run.state <> 'succeeded' OR run.interval_start IS NULL)
    AND NOT EXISTS (SELECT 1 FROM ops.fact_count AS written WHERE written.run_id = run.run_id)
    AND NOT EXISTS (SELECT 1 FROM ops.sign_off AS signed WHERE signed.run_id = run.run_id)
    AND NOT EXISTS (
        SELECT 1
        FROM ops.run AS child
        WHERE child.parent_run_id = run.run_id AND child.queued_at >= %(before)s
    )
    AND run.run_number < (
        SELECT max(later.run_number)
        FROM ops.run AS later
        WHERE later.pipeline = run.pipeline
    )
RETURNING run.run_id;

-- name: sessions
SELECT pid
FROM pg_stat_activity
WHERE application_name = %(application_name)s AND pid <> pg_backend_pid();

-- name: sessions_end
-- Ends whatever still works for a run, by the name that each of its sessions bears.
SELECT
    pid,
    pg_terminate_backend(pid) AS is_ended
FROM pg_stat_activity
WHERE application_name = %(application_name)s AND pid <> pg_backend_pid();

-- name: session_as_login
-- Sessions may be ended by the user who logged in for them, whatever role they took on since.
SET ROLE NONE;

-- name: cold_months
-- Months (yyyymm) between two days (yyyymmdd) that are in cold storage, and the facts that keep theirs as they are.
SELECT
    month.key AS month_key,
    array_agg(fact.relname::text ORDER BY fact.relname) AS facts
FROM pg_class AS fact
CROSS JOIN LATERAL unnest(ops.frozen_months(fact.oid)) AS month (key)
WHERE
    fact.relkind = 'p'
    AND fact.relnamespace = 'public'::regnamespace
    AND fact.relname = ANY(%(targets)s::text [])
    AND month.key BETWEEN %(first_month)s AND %(last_month)s
GROUP BY month.key
ORDER BY month.key;

-- name: source_begins
-- The source's first event that a gate lets pass. Each minimum is read from an index.
SELECT least(
    (SELECT min(created_at) FROM issues WHERE created_at BETWEEN '2000-01-01' AND '2100-01-01'),
    (SELECT min(started_at) FROM agent_execution_logs WHERE started_at BETWEEN '2000-01-01' AND '2100-01-01'),
    (SELECT min(completed_at) FROM agent_execution_logs WHERE completed_at BETWEEN '2000-01-01' AND '2100-01-01'),
    (SELECT min(committed_at) FROM commits WHERE committed_at BETWEEN '2000-01-01' AND '2100-01-01')
)::timestamp AS begins_at;

-- name: lost_untold
-- Runs of the last week that were lost, whoever noticed it, of which no incident knows and which nothing has made good.
SELECT
    r.run_id,
    r.pipeline,
    r.interval_start,
    r.interval_end,
    r.queued_at,
    r.reason
FROM ops.run AS r
WHERE
    r.state = 'lost'
    AND r.queued_at > clock_timestamp() - interval '7 days'
    AND r.trigger NOT IN ('stage', 'replay', 'notebook')
    AND NOT EXISTS (
        SELECT 1 FROM ops.run AS good
        WHERE
            good.pipeline = r.pipeline AND good.state = 'succeeded' AND good.run_number > r.run_number
            AND (
                r.interval_start IS NULL
                OR (good.interval_start <= r.interval_start AND good.interval_end >= r.interval_end)
            )
    )
    AND NOT EXISTS (
        SELECT 1 FROM ops.incident AS i
        WHERE
            r.run_id = ANY(i.waiting_runs) OR r.run_id IN (i.first_run_id, i.last_run_id)
            OR (
                r.interval_start IS NULL AND i.recovered_at IS NULL
                AND i.detail ->> 'type' = 'lost' AND i.pipeline = r.pipeline
            )
    )
ORDER BY r.run_number;
