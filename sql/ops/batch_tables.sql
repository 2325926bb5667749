SELECT tablename AS name
FROM pg_tables
WHERE schemaname = %(schema)s AND (tablename LIKE 'stg\_%%' OR tablename = 'rejected')
ORDER BY tablename
