-- Runs whose lock no session has. A notebook run by hand takes no lock and says itself when it ends.
WITH gone AS (
    SELECT run.run_id
    FROM ops.run AS run
    WHERE
        run.state IN ('queued', 'running')
        AND run.run_id NOT LIKE 'manual-%'
        AND NOT ops.run_is_alive(run.run_id)
    FOR UPDATE SKIP LOCKED
),

last_seen AS (
    SELECT DISTINCT ON (attempt.run_id) attempt.*
    FROM ops.stage_attempt AS attempt
    INNER JOIN gone ON attempt.run_id = gone.run_id
    ORDER BY attempt.run_id ASC, attempt.started_at DESC
),

ended_attempts AS (
    UPDATE ops.stage_attempt AS attempt
    SET
        state = 'lost',
        finished_at = clock_timestamp(),
        error = jsonb_build_object(
            'cause', 'runner lost', 'reason', 'the runner vanished while this stage was running'
        )
    FROM gone
    WHERE attempt.run_id = gone.run_id AND attempt.state = 'running'
)

UPDATE ops.run AS run
SET
    state = 'lost',
    finished_at = clock_timestamp(),
    reason = format(
        'process %s on %s vanished without a word, %s',
        run.pid,
        run.host,
        CASE
            WHEN last_seen.stage IS NULL THEN 'before its first stage'
            WHEN last_seen.state = 'running'
                THEN format(
                    'last seen in %s with %s of %s cells done',
                    last_seen.stage, coalesce(last_seen.cells_completed::text, '?'), coalesce(last_seen.cells_total::text, '?')
                )
            ELSE format('last seen after %s had %s', last_seen.stage, last_seen.state)
        END
    ),
    error = jsonb_build_object(
        'cause', 'runner lost',
        'stage', last_seen.stage,
        'attempt', last_seen.attempt,
        'cells_completed', last_seen.cells_completed,
        'cells_total', last_seen.cells_total,
        'remedy', 'the next run makes good what it left; run the interval again when nothing else does'
    )
FROM gone
LEFT JOIN last_seen ON gone.run_id = last_seen.run_id
WHERE run.run_id = gone.run_id
RETURNING run.run_id, run.pipeline, run.interval_start, run.interval_end, run.queued_at, run.reason
