-- The partitioned table that a partition belongs to, or the table itself.
SELECT
    coalesce(parent.relname, child.relname) AS table_name,
    child.relkind = 'p' OR parent.oid IS NOT NULL AS is_partitioned
FROM pg_class AS child
LEFT JOIN pg_inherits AS link ON child.oid = link.inhrelid
LEFT JOIN pg_class AS parent ON link.inhparent = parent.oid
WHERE child.oid = to_regclass(%(table_name)s);
