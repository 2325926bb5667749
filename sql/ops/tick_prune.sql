DELETE FROM ops.schedule_tick AS tick
WHERE
    tick.recorded_at < %(before)s
    AND tick.due_at < (
        SELECT max(later.due_at)
        FROM ops.schedule_tick AS later
        WHERE later.pipeline = tick.pipeline
    )
