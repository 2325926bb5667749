SELECT archived.month_key
FROM ops.archived_month AS archived
WHERE archived.fact_table = %(fact)s AND archived.state = 'archived'
ORDER BY archived.month_key;
