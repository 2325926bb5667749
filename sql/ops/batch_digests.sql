SELECT
    table_name,
    row_count,
    digest
FROM ops.batch_digest
WHERE run_id = %(run_id)s
ORDER BY table_name
