-- name: cancel
UPDATE ops.run
SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
WHERE parent_run_id = %(backfill_id)s AND state IN ('queued', 'running');

-- name: pace
-- Seconds for a row at which the pipeline's recent runs went, with what each run costs counted as rows. Those of backfills
-- first, since they are as wide as the ones to come.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY known.seconds / (%(rows_of_a_start)s + known.rows)) AS seconds
FROM (
    SELECT
        extract(EPOCH FROM run.finished_at - run.started_at)::double precision AS seconds,
        (
            SELECT coalesce(sum(counted.extracted), 0)
            FROM ops.row_count AS counted
            WHERE counted.run_id = run.run_id AND counted.source_table IN ('agent_execution_logs', 'commits', 'issues')
        )::double precision AS rows
    FROM ops.run AS run
    WHERE run.pipeline = %(pipeline)s AND run.state = 'succeeded' AND run.started_at IS NOT NULL
    ORDER BY run.trigger = 'backfill' DESC, run.run_number DESC
    LIMIT 10
) AS known;

-- name: source_rows
-- Rows of a stretch in the tables of the source that have most; the others grow with them.
SELECT
    (
        SELECT count(*) FROM agent_execution_logs AS done
        WHERE 'agent_execution_logs' = ANY(%(tables)s) AND done.completed_at >= %(first)s AND done.completed_at < %(last)s
    ) + (
        SELECT count(*) FROM commits AS made
        WHERE 'commits' = ANY(%(tables)s) AND made.committed_at >= %(first)s AND made.committed_at < %(last)s
    ) + (
        SELECT count(*) FROM issues AS filed
        WHERE 'issues' = ANY(%(tables)s) AND filed.created_at >= %(first)s AND filed.created_at < %(last)s
    ) AS rows;

-- name: under_way
-- Where the backfill's runs are: the last stage that each has begun.
SELECT
    run.interval_start,
    run.interval_end,
    latest.stage,
    latest.position,
    coalesce(latest.cells_completed, 0) AS cells_completed,
    coalesce(latest.cells_total, 0) AS cells_total
FROM ops.run AS run
CROSS JOIN LATERAL (
    SELECT attempt.stage, attempt.position, attempt.cells_completed, attempt.cells_total
    FROM ops.stage_attempt AS attempt
    WHERE attempt.run_id = run.run_id
    ORDER BY attempt.position DESC, attempt.attempt DESC
    LIMIT 1
) AS latest
WHERE run.parent_run_id = %(backfill_id)s AND run.state = 'running'
ORDER BY run.interval_start;
