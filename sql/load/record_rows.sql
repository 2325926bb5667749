-- extracted = inserted + updated + unchanged + quarantined; the registry refuses any other sum.
UPDATE ops.row_count
SET
    inserted = %(inserted)s,
    updated = %(updated)s,
    unchanged = %(unchanged)s,
    quarantined = (SELECT count(*) FROM rejected WHERE rejected.source_table = %(source_table)s)
WHERE run_id = %(run_id)s AND source_table = %(source_table)s;
