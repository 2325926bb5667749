-- The chain from one place on.
SELECT *
FROM ops.archived_run
WHERE sequence > %(after)s
ORDER BY sequence;
