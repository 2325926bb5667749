-- name: is_held
SELECT EXISTS (
    SELECT 1
    FROM ops.lock_sessions(ops.lock_key(%(kind)s, %(name)s)) AS session
    WHERE session.is_granted
) AS is_held;

-- name: take
SELECT pg_try_advisory_lock(ops.lock_key(%(kind)s, %(name)s)) AS is_held;

-- name: take_shared
-- Fails also while somebody waits to have it alone, so that a backfill lets a scheduled run in between.
SELECT pg_try_advisory_lock_shared(ops.lock_key(%(kind)s, %(name)s)) AS is_held;

-- name: wait
SELECT set_config('lock_timeout', %(milliseconds)s, false), pg_advisory_lock(ops.lock_key(%(kind)s, %(name)s));

-- name: wait_shared
SELECT set_config('lock_timeout', %(milliseconds)s, false), pg_advisory_lock_shared(ops.lock_key(%(kind)s, %(name)s));

-- name: session_settings
-- A session that only holds locks: never timed out, and given up soon after its host has vanished from the network.
SELECT
    set_config('statement_timeout', '0', false),
    set_config('idle_session_timeout', '0', false),
    set_config('tcp_keepalives_idle', '15', false),
    set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false);
