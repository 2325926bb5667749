SELECT set_config('lock_timeout', %(milliseconds)s, false), pg_advisory_lock(ops.lock_key(%(kind)s, %(name)s))
