-- What became of the rows of each source table so far in this run.
SELECT
    counted.source_table,
    counted.extracted,
    counted.inserted,
    counted.updated,
    counted.unchanged,
    counted.quarantined
FROM ops.row_count AS counted
WHERE counted.run_id = %(run_id)s
ORDER BY counted.source_table;
