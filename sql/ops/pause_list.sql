-- A pause whose time is over is none.
SELECT
    pipeline,
    paused_at,
    paused_until,
    paused_by,
    why
FROM ops.pause
WHERE paused_until IS NULL OR paused_until > %(now)s
ORDER BY pipeline
