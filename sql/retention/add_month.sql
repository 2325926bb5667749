SELECT ops.add_month(%(fact)s::regclass, %(month_key)s) AS was_made;
