INSERT INTO ops.schedule_tick (pipeline, interval_start, due_at, outcome, recorded_at)
SELECT
    %(pipeline)s,
    missed.interval_start,
    missed.due_at,
    'passed over',
    %(now)s
FROM unnest(%(keys)s::timestamptz [], %(due_ats)s::timestamptz []) AS missed (interval_start, due_at)
ON CONFLICT (pipeline, interval_start) DO NOTHING
