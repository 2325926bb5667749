INSERT INTO ops.fact_count (run_id, target_table, inserted, updated, unchanged, deleted)
VALUES (%(run_id)s, %(target_table)s, %(inserted)s, %(updated)s, %(unchanged)s, %(deleted)s)
ON CONFLICT (run_id, target_table) DO UPDATE SET
    inserted = excluded.inserted,
    updated = excluded.updated,
    unchanged = excluded.unchanged,
    deleted = excluded.deleted;
