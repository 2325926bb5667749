-- name: free
SELECT pg_advisory_unlock(%(key)s) AS was_taken;

-- name: free_shared
SELECT pg_advisory_unlock_shared(%(key)s) AS was_taken;

-- name: is_locked
SELECT EXISTS (
    SELECT 1
    FROM ops.lock_sessions(%(key)s) AS session
    WHERE session.is_granted
) AS is_locked;

-- name: key
SELECT hashtextextended(%(name)s, 0) AS key;

-- name: key_narrow
SELECT hashtext(%(name)s)::bigint AS key;

-- name: outlive_silence
-- A session that only has locks: never timed out, and given up soon after its host has vanished from the network.
SELECT
    set_config('statement_timeout', '0', false),
    set_config('idle_session_timeout', '0', false),
    set_config('tcp_keepalives_idle', '15', false),
    set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false);

-- name: take
SELECT pg_try_advisory_lock(%(key)s) AS is_taken;

-- name: take_shared
-- Fails also while somebody waits to have it alone, so that a backfill lets a scheduled run in between.
SELECT pg_try_advisory_lock_shared(%(key)s) AS is_taken;

-- name: wait
SELECT set_config('lock_timeout', %(milliseconds)s, true), pg_advisory_lock(%(key)s);

-- name: wait_in_transaction
SELECT pg_advisory_xact_lock(%(key)s);

-- name: wait_in_transaction_pair
SELECT pg_advisory_xact_lock(hashtext(%(name)s), hashtext(%(part)s));

-- name: wait_shared
SELECT set_config('lock_timeout', %(milliseconds)s, true), pg_advisory_lock_shared(%(key)s);
