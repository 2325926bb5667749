SELECT to_regclass(%(mark)s) IS NOT NULL AS is_marked
