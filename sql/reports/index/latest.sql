-- The latest run of each pipeline and the moment of its first, found by stepping from pipeline to pipeline through the
-- index, not by reading history. Stages tried by hand are nobody's run.
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
    run.as_of,
    run.started_at,
    run.finished_at,
    run.path,
    run.level,
    (
        SELECT first.as_of FROM ops.run AS first
        WHERE first.pipeline = known.pipeline
        ORDER BY first.run_number
        LIMIT 1
    ) AS first_as_of
FROM known
CROSS JOIN LATERAL (
    SELECT
        latest.run_id,
        latest.run_number,
        latest.state,
        latest.reason,
        latest.interval_start,
        latest.interval_end,
        latest.started_at,
        latest.finished_at,
        latest.as_of,
        entry.path,
        (
            SELECT min(finding.level) FROM ops.health_finding AS finding
            WHERE finding.run_id = latest.run_id AND finding.level <> 'ok'
        ) AS level
    FROM ops.run AS latest
    LEFT JOIN ops.archived_run AS entry ON latest.run_id = entry.run_id AND entry.pruned_at IS null
    WHERE latest.pipeline = known.pipeline AND left(latest.run_id, 7) <> 'manual-'
    ORDER BY latest.run_number DESC
    LIMIT 1
) AS run
WHERE known.pipeline IS NOT null
ORDER BY known.pipeline;
