-- Runs of the 24 hours before as_of, latest first.
SELECT
    run_id AS run,
    pipeline,
    state::text AS state,
    interval_start,
    trigger,
    round(extract(EPOCH FROM finished_at - started_at))::integer AS seconds,
    reason
FROM ops.run
WHERE as_of > %(as_of)s - interval '24 hours' AND as_of <= %(as_of)s AND pipeline = any(%(pipelines)s)
ORDER BY as_of DESC, run_number DESC
LIMIT 60;
