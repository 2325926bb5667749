SELECT waiting.relname AS name
FROM pg_class AS waiting
WHERE waiting.relnamespace = to_regnamespace('recovery') AND waiting.relkind = 'r' AND starts_with(waiting.relname, %(prefix)s)
ORDER BY waiting.relname;
