SELECT
    source_table,
    extracted,
    inserted,
    updated,
    unchanged,
    quarantined
FROM ops.row_count
WHERE run_id = %(run_id)s
ORDER BY source_table
