-- Columns that an index of the table begins with.
SELECT DISTINCT attribute.attname AS name
FROM pg_index AS index
INNER JOIN pg_attribute AS attribute ON index.indrelid = attribute.attrelid AND index.indkey[0] = attribute.attnum
WHERE index.indrelid = to_regclass(%(table_name)s);
