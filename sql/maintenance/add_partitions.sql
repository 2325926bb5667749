SELECT ops.ensure_partitions(%(first_key)s, %(last_key)s) AS made;
