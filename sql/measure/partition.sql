SELECT ops.ensure_partitions(%(time_key)s, %(time_key)s);
