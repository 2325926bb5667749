-- What the monthly review reads its slow queries from.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;
