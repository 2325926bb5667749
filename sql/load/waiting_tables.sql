-- Source tables of which something waits in quarantine.
SELECT DISTINCT waiting.source_table
FROM ops.quarantine AS waiting
WHERE waiting.state IN ('open', 'discarded') AND waiting.source_table = ANY(%(tables)s)
ORDER BY waiting.source_table;
