-- Fails also while somebody waits to have it alone, so that a backfill lets a scheduled run in between.
SELECT pg_try_advisory_lock_shared(ops.lock_key(%(kind)s, %(name)s)) AS is_held
