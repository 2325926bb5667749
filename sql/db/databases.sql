-- name: drop
DROP DATABASE IF EXISTS {database} WITH (FORCE);

-- name: drop_left
-- Makes autovacuum leave, which WITH (FORCE) lets nobody but a superuser do.
DROP DATABASE IF EXISTS {database};

-- name: end_own_sessions
SELECT pg_terminate_backend(session.pid) AS is_ended
FROM pg_stat_activity AS session
WHERE session.datname = %(database)s AND session.usename = session_user;
