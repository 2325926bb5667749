-- Columns of facts that may be null, as table.column.
SELECT fact.relname || '.' || attribute.attname AS name
FROM pg_class AS fact
INNER JOIN pg_namespace AS room ON fact.relnamespace = room.oid AND room.nspname = 'public'
INNER JOIN pg_attribute AS attribute ON fact.oid = attribute.attrelid AND attribute.attnum > 0 AND NOT attribute.attisdropped
WHERE
    fact.relkind = 'p' AND fact.relname LIKE 'fact\_%%' AND NOT attribute.attnotnull
    AND EXISTS (
        SELECT 1
        FROM pg_attribute AS calendar
        WHERE calendar.attrelid = fact.oid AND calendar.attname = 'time_key'
    )
ORDER BY fact.relname <> 'fact_agent_execution', fact.relname, attribute.attnum;
