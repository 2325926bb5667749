SELECT EXISTS (SELECT 1 FROM pg_extension AS e WHERE e.extname = 'pg_stat_statements') AS is_there;
