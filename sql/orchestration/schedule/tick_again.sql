-- Started and come to nothing through no fault of the data: skipped for another run, lost, or failed in a way that heals.
SELECT
    tick.interval_start,
    tick.due_at
FROM ops.schedule_tick AS tick
LEFT JOIN ops.run AS run
    ON tick.run_id = run.run_id
WHERE
    tick.pipeline = %(pipeline)s
    AND tick.due_at <= %(trusted_until)s
    AND (
        tick.outcome = 'skipped'
        OR (
            tick.tries <= %(retries)s
            AND (
                tick.outcome IN ('started', 'lost')
                OR (tick.outcome = 'failed' AND (run.error ->> 'can_heal')::boolean)
            )
        )
    )
ORDER BY tick.interval_start
