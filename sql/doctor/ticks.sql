SELECT
    max(tick.recorded_at) AS last_tick,
    extract(EPOCH FROM %(as_of)s - max(tick.recorded_at)) / 60 AS minutes
FROM ops.schedule_tick AS tick
WHERE tick.recorded_at <= %(as_of)s + interval '1 hour';
