-- How many statements of this database have run since the last reset, transaction control aside.
SELECT coalesce(sum(calls), 0)::bigint AS calls
FROM pg_stat_statements
WHERE
    dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND query !~* '^(begin|commit|rollback|select pg_stat_statements_reset)';
