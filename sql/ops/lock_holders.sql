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
ORDER BY run.queued_at
