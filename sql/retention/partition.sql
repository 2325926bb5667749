SELECT ops.partition_of(%(fact)s::regclass, %(month_key)s)::text AS name;
