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

-- name: long_runs
-- Runs of a pipeline that succeeded for longer than a day and reach into the month: each loaded all days of its interval.
SELECT
    interval_start AS start,
    interval_end AS "end"
FROM ops.run
WHERE
    pipeline = %(pipeline)s AND state = 'succeeded'
    AND interval_start < %(to_moment)s AND interval_end > %(from_moment)s
    AND interval_end > interval_start + interval '1 day'
ORDER BY interval_start;

-- name: first_as_of
-- The moment that a pipeline's first run took for now; no row before it ran.
SELECT as_of
FROM ops.run
WHERE pipeline = %(pipeline)s
ORDER BY run_number
LIMIT 1;

-- name: nights
-- What became of each pipeline's runs, day by day of the moments that they took for now: the worst of a day, and how many
-- there were. A failure that a later run of the same interval, or of the same day, made good is healed. queued_at bounds
-- what is read by its index: no run is queued long before its own moment.
WITH run AS (
    SELECT
        run.pipeline,
        (run.as_of AT TIME ZONE %(business_timezone)s)::date AS day,
        run.run_id,
        run.run_number,
        CASE
            WHEN run.state IN ('failed', 'lost') AND EXISTS (
                SELECT 1 FROM ops.run AS later
                WHERE
                    later.pipeline = run.pipeline AND later.run_number > run.run_number AND later.state = 'succeeded'
                    AND CASE
                        WHEN run.interval_start IS null
                            THEN date_trunc('day', later.as_of, %(business_timezone)s)
                                = date_trunc('day', run.as_of, %(business_timezone)s)
                        ELSE later.interval_start <= run.interval_start AND later.interval_end >= run.interval_end
                    END
            ) THEN 'healed'
            ELSE run.state::text
        END AS outcome,
        found.level
    FROM ops.run AS run
    LEFT JOIN LATERAL (
        SELECT min(finding.level) AS level
        FROM ops.health_finding AS finding
        WHERE finding.run_id = run.run_id AND finding.level <> 'ok'
    ) AS found ON run.state = 'succeeded'
    WHERE
        run.queued_at >= %(queued_from)s AND run.as_of >= %(from_moment)s AND run.as_of <= %(as_of)s
        AND left(run.run_id, 7) <> 'manual-'
),

judged AS (
    SELECT
        run.*,
        array_position(
            ARRAY['failed', 'lost', 'running', 'queued', 'cancelled', 'healed', 'succeeded', 'skipped'], run.outcome
        ) AS rank
    FROM run
)

SELECT DISTINCT ON (judged.pipeline, judged.day)
    judged.pipeline,
    judged.day,
    judged.run_id,
    judged.outcome,
    judged.level,
    count(*) OVER (PARTITION BY judged.pipeline, judged.day) AS runs,
    entry.path
FROM judged
LEFT JOIN ops.archived_run AS entry ON judged.run_id = entry.run_id AND entry.pruned_at IS null
ORDER BY judged.pipeline, judged.day, judged.rank, judged.run_number DESC;

-- name: paths
-- Where the pages of these runs are, of those that have any.
SELECT run_id, path
FROM ops.archived_run
WHERE run_id = ANY(%(run_ids)s) AND pruned_at IS null;

-- name: pauses
SELECT
    pipeline,
    paused_by,
    why
FROM ops.pause
WHERE paused_until IS null OR paused_until > now();
