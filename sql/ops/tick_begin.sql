-- From when on the scheduler answers for the pipeline: what falls due later is made up for, also when nothing ran before.
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
ON CONFLICT (pipeline, interval_start) DO NOTHING
