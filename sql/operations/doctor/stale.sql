-- Runs that claim to be at work although nobody holds their lock, and transactions that somebody has left open.
SELECT
    'run' AS kind,
    run.run_id AS name,
    coalesce(run.started_at, run.queued_at) AS since
FROM ops.run AS run
WHERE
    run.state IN ('queued', 'running')
    AND run.queued_at < clock_timestamp() - interval '1 minute'
    AND run.run_id NOT LIKE 'manual-%'
    AND NOT ops.run_is_alive(run.run_id)
UNION ALL
SELECT
    'transaction',
    format('%s of %s', session.pid, session.application_name),
    session.xact_start
FROM pg_stat_activity AS session
WHERE
    session.datname = current_database()
    AND session.state = 'idle in transaction'
    AND clock_timestamp() - session.state_change > interval '10 minutes';
