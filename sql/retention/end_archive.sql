UPDATE ops.archived_month
SET state = 'archived', archived_at = clock_timestamp()
WHERE fact_table = %(fact)s AND month_key = %(month_key)s;
