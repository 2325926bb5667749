-- Runs of the last week that ended for want of memory.
SELECT
    run.run_id,
    run.pipeline,
    run.finished_at,
    run.reason
FROM ops.run AS run
WHERE
    run.state IN ('failed', 'lost')
    AND run.queued_at > %(as_of)s - interval '7 days'
    AND concat_ws(' ', run.reason, run.error::text) ~* 'SIGKILL|MemoryError|out of memory|unable to allocate'
ORDER BY run.queued_at DESC
LIMIT 5;
