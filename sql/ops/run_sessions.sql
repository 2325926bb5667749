SELECT pid
FROM pg_stat_activity
WHERE application_name = %(application_name)s AND pid <> pg_backend_pid()
