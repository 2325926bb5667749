-- Ends whatever still works for a run, by the name that each of its sessions bears.
SELECT
    pid,
    pg_terminate_backend(pid) AS is_ended
FROM pg_stat_activity
WHERE application_name = %(application_name)s AND pid <> pg_backend_pid()
