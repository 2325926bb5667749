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
