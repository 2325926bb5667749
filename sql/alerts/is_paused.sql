SELECT EXISTS (
    SELECT 1 FROM ops.pause
    WHERE pipeline = %(pipeline)s AND (paused_until IS NULL OR paused_until > clock_timestamp())
) AS is_paused;
