INSERT INTO ops.row_count (run_id, source_table, extracted)
VALUES (%(run_id)s, %(source_table)s, %(extracted)s)
ON CONFLICT (run_id, source_table) DO UPDATE SET
    extracted = excluded.extracted,
    inserted = NULL,
    updated = NULL,
    unchanged = NULL,
    quarantined = NULL;
