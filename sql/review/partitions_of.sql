SELECT child.relname AS name
FROM pg_inherits AS link
INNER JOIN pg_class AS child ON link.inhrelid = child.oid
WHERE link.inhparent = to_regclass(%(table_name)s)
ORDER BY child.relname;
