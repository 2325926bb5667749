INSERT INTO ops.fact_count (run_id, target_table, inserted, updated, unchanged, deleted)
VALUES (%(run_id)s, %(name)s, %(inserted)s, %(updated)s, %(unchanged)s, %(deleted)s);
