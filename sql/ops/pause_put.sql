INSERT INTO ops.pause (pipeline, paused_until, paused_by, why)
VALUES (%(pipeline)s, %(paused_until)s, %(paused_by)s, %(why)s)
ON CONFLICT (pipeline) DO UPDATE SET
    paused_at = clock_timestamp(),
    paused_until = excluded.paused_until,
    paused_by = excluded.paused_by,
    why = excluded.why
