SELECT
    target_table,
    inserted,
    updated,
    unchanged,
    deleted
FROM ops.fact_count
WHERE run_id = %(run_id)s
ORDER BY target_table
