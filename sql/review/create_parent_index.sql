-- Invalid until every partition has its own.
CREATE INDEX IF NOT EXISTS {index} ON ONLY {table} ({column});
