-- The latest runs of each pipeline, found by stepping from pipeline to pipeline through the index, not by reading history.
WITH RECURSIVE known AS (
    SELECT min(pipeline) AS pipeline FROM ops.run
    UNION ALL
    SELECT (SELECT min(run.pipeline) FROM ops.run AS run WHERE run.pipeline > known.pipeline)
    FROM known
    WHERE known.pipeline IS NOT null
)
SELECT
    known.pipeline,
    run.run_id,
    run.state,
    run.reason,
    run.interval_start,
    run.interval_end,
    run.queued_at,
    run.started_at,
    run.finished_at,
    run.path,
    run.pruned_at
FROM known
CROSS JOIN LATERAL (
    SELECT
        latest.run_id,
        latest.run_number,
        latest.state,
        latest.reason,
        latest.interval_start,
        latest.interval_end,
        latest.queued_at,
        latest.started_at,
        latest.finished_at,
        entry.path,
        entry.pruned_at
    FROM ops.run AS latest
    LEFT JOIN ops.archived_run AS entry ON latest.run_id = entry.run_id
    WHERE latest.pipeline = known.pipeline
    ORDER BY latest.run_number DESC
    LIMIT %(each)s
) AS run
WHERE known.pipeline IS NOT null
ORDER BY known.pipeline, run.run_number DESC;
