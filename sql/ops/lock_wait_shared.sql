SELECT set_config('lock_timeout', %(milliseconds)s, false), pg_advisory_lock_shared(ops.lock_key(%(kind)s, %(name)s))
