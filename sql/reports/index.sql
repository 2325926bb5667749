-- name: count_month
INSERT INTO ops.archive_month (pipeline, month_start, runs, succeeded, failed)
VALUES (%(pipeline)s, %(month_start)s, %(runs)s, %(succeeded)s, %(failed)s)
ON CONFLICT (pipeline, month_start) DO UPDATE
    SET
        runs = excluded.runs,
        succeeded = excluded.succeeded,
        failed = excluded.failed;

-- name: months
SELECT
    pipeline,
    month_start,
    runs,
    succeeded,
    failed
FROM ops.archive_month
ORDER BY month_start DESC, pipeline;

-- name: pauses
SELECT
    pipeline,
    paused_by,
    why
FROM ops.pause
WHERE paused_until IS null OR paused_until > now();
