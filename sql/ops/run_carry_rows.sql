-- What the resumed run had extracted is the new run's extract; what became of the rows is measured anew.
INSERT INTO ops.row_count (run_id, source_table, extracted)
SELECT %(run_id)s, source_table, extracted
FROM ops.row_count
WHERE run_id = %(parent_run_id)s
ON CONFLICT DO NOTHING
