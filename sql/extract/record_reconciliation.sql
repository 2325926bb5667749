INSERT INTO ops.reconciliation (run_id, source_table, bucket, source_rows, warehouse_rows, is_equal, reread)
VALUES (%(run_id)s, %(source_table)s, %(bucket)s, %(source_rows)s, %(warehouse_rows)s, %(is_equal)s, %(reread)s)
ON CONFLICT (run_id, source_table, bucket) DO UPDATE SET
    source_rows = excluded.source_rows,
    warehouse_rows = excluded.warehouse_rows,
    is_equal = excluded.is_equal,
    reread = excluded.reread;
