INSERT INTO ops.batch_digest (run_id, table_name, row_count, digest)
SELECT
    %(run_id)s,
    %(name)s,
    count(*),
    coalesce(sum(hash_record_extended(conformed.*::record, 0)::numeric), 0)::text
FROM {table} AS conformed
ON CONFLICT (run_id, table_name) DO UPDATE SET row_count = excluded.row_count, digest = excluded.digest
