SELECT EXISTS (
    SELECT 1
    FROM ops.lock_sessions(ops.lock_key(%(kind)s, %(name)s)) AS session
    WHERE session.is_granted
) AS is_held
