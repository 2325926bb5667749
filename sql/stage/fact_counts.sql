SELECT
    counted.target_table,
    counted.inserted,
    counted.updated,
    counted.unchanged,
    counted.deleted
FROM ops.fact_count AS counted
WHERE counted.run_id = %(run_id)s
ORDER BY counted.target_table;
