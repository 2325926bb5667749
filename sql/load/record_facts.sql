INSERT INTO ops.fact_count (run_id, target_table, inserted, updated, unchanged, deleted)
SELECT
    %(run_id)s,
    counted.target_table,
    counted.inserted,
    counted.updated,
    counted.unchanged,
    counted.deleted
FROM unnest(
    %(targets)s::text [], %(inserted)s::bigint [], %(updated)s::bigint [], %(unchanged)s::bigint [], %(deleted)s::bigint []
) AS counted (target_table, inserted, updated, unchanged, deleted)
ON CONFLICT (run_id, target_table) DO UPDATE SET
    inserted = excluded.inserted,
    updated = excluded.updated,
    unchanged = excluded.unchanged,
    deleted = excluded.deleted;
