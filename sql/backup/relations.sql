-- Every table with rows of its own and every materialized view; partitions count with their parent, batches of runs do not.
SELECT n.nspname || '.' || c.relname AS name
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    c.relkind IN ('r', 'p', 'm')
    AND NOT c.relispartition
    AND n.nspname IN ('public', 'staging', 'ops')
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY 1;
