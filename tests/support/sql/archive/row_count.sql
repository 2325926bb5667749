INSERT INTO ops.row_count (run_id, source_table, extracted, inserted, updated, unchanged, quarantined)
VALUES (%(run_id)s, %(name)s, %(extracted)s, %(inserted)s, %(updated)s, %(unchanged)s, %(quarantined)s);
