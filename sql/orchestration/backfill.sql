-- name: cancel
UPDATE ops.run
SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
WHERE parent_run_id = %(backfill_id)s AND state IN ('queued', 'running');

-- name: pace
-- Seconds of the pipeline's recent runs, those of backfills first, since they are as wide as the ones to come.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY pace.seconds) AS seconds
FROM (
    SELECT extract(EPOCH FROM run.finished_at - run.started_at) AS seconds
    FROM ops.run AS run
    WHERE run.pipeline = %(pipeline)s AND run.state = 'succeeded' AND run.started_at IS NOT NULL
    ORDER BY run.trigger = 'backfill' DESC, run.run_number DESC
    LIMIT 10
) AS pace;
