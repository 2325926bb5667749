SELECT pg_try_advisory_lock(ops.lock_key(%(kind)s, %(name)s)) AS is_held
