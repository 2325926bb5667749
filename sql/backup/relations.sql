-- Every table with rows of its own; partitions count with their parent, batches of runs do not. A materialized view is made
-- anew by the restore, and may by that come to say more than it did when its facts were loaded and not yet published.
SELECT n.nspname || '.' || c.relname AS name
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND n.nspname IN ('public', 'staging', 'ops')
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY 1;
