-- name: intervals_done
-- Those of the given intervals that runs have loaded, each as far as it was over when they ran.
-- A run that says it ran in the future was started by a clock that was wrong.
WITH loaded AS (
    SELECT range_agg(tstzrange(run.interval_start, least(run.interval_end, run.as_of))) AS spans
    FROM ops.run AS run
    WHERE
        run.pipeline = %(pipeline)s
        AND run.state = 'succeeded'
        AND run.trigger NOT IN ('stage', 'replay')
        AND run.as_of > run.interval_start
        AND run.as_of <= %(trusted_until)s
)

SELECT asked.interval_start
FROM unnest(%(starts)s::timestamptz [], %(ends)s::timestamptz []) AS asked (interval_start, interval_end)
CROSS JOIN loaded
WHERE tstzrange(asked.interval_start, asked.interval_end) <@ loaded.spans;

-- name: intervals_tried
-- Those of the given intervals that some run was for, however it ended: its end is recorded already.
WITH tried AS (
    SELECT range_agg(tstzrange(run.interval_start, run.interval_end)) AS spans
    FROM ops.run AS run
    WHERE
        run.pipeline = %(pipeline)s
        AND run.interval_start IS NOT NULL
        AND run.trigger NOT IN ('stage', 'replay')
        AND run.state NOT IN ('skipped', 'lost')
)

SELECT asked.interval_start
FROM unnest(%(starts)s::timestamptz [], %(ends)s::timestamptz []) AS asked (interval_start, interval_end)
CROSS JOIN tried
WHERE tstzrange(asked.interval_start, asked.interval_end) <@ tried.spans;

-- name: pipeline_latest
-- The last run of each pipeline that was more than a skip.
SELECT DISTINCT ON (pipeline)
    pipeline,
    run_id,
    state,
    queued_at
FROM ops.run
WHERE state <> 'skipped' AND trigger NOT IN ('stage', 'replay')
ORDER BY pipeline ASC, run_number DESC;

-- name: runs_since
SELECT count(*) AS runs
FROM ops.run
WHERE
    pipeline = %(pipeline)s
    AND state NOT IN ('skipped', 'lost')
    AND (queued_at >= %(since)s OR as_of >= %(since)s);

-- name: tick_begin
-- From when on the scheduler sees to the pipeline: what falls due later is made up for, also when nothing ran before.
INSERT INTO ops.schedule_tick (pipeline, interval_start, due_at, outcome, recorded_at)
SELECT
    %(pipeline)s,
    %(since)s,
    %(since)s,
    'began',
    %(now)s
WHERE NOT EXISTS (
    SELECT 1
    FROM ops.schedule_tick AS tick
    WHERE
        tick.pipeline = %(pipeline)s
        AND tick.due_at <= %(trusted_until)s
        AND tick.recorded_at <= %(trusted_until)s
)
ON CONFLICT (pipeline, interval_start) DO NOTHING;

-- name: tick_claim
-- The worker of a pipeline is the only one, so what it finds started was left by a worker that died.
INSERT INTO ops.schedule_tick (pipeline, interval_start, due_at, outcome, recorded_at)
VALUES (%(pipeline)s, %(key)s, %(due_at)s, 'started', %(now)s)
ON CONFLICT (pipeline, interval_start) DO UPDATE SET
    due_at = excluded.due_at,
    run_id = NULL,
    outcome = 'started',
    tries = CASE WHEN schedule_tick.outcome = 'skipped' THEN schedule_tick.tries ELSE schedule_tick.tries + 1 END,
    recorded_at = excluded.recorded_at;

-- name: tick_close
UPDATE ops.schedule_tick
SET outcome = %(outcome)s, run_id = %(run_id)s
WHERE pipeline = %(pipeline)s AND interval_start = %(key)s;

-- name: tick_first
SELECT min(due_at) AS due_at
FROM ops.schedule_tick
WHERE pipeline = %(pipeline)s AND recorded_at <= %(trusted_until)s;

-- name: tick_last
-- Up to when the scheduler has seen to the pipeline. A mark from the future is a clock's that was wrong.
SELECT max(due_at) AS due_at
FROM ops.schedule_tick
WHERE pipeline = %(pipeline)s AND due_at <= %(trusted_until)s AND recorded_at <= %(trusted_until)s;

-- name: tick_pass_over
INSERT INTO ops.schedule_tick (pipeline, interval_start, due_at, outcome, recorded_at)
SELECT
    %(pipeline)s,
    missed.interval_start,
    missed.due_at,
    'passed over',
    %(now)s
FROM unnest(%(keys)s::timestamptz [], %(due_ats)s::timestamptz []) AS missed (interval_start, due_at)
ON CONFLICT (pipeline, interval_start) DO NOTHING;

-- name: tick_prune
DELETE FROM ops.schedule_tick AS tick
WHERE
    tick.recorded_at < %(before)s
    AND tick.due_at < (
        SELECT max(later.due_at)
        FROM ops.schedule_tick AS later
        WHERE later.pipeline = tick.pipeline
    );
