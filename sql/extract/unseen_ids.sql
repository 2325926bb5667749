-- Rows that the warehouse holds inside a window just read, and that reading it did not bring: changed or vanished.
SELECT DISTINCT known.id
FROM extract_window AS read
CROSS JOIN LATERAL ops.ids_in_window(%(staged)s::regclass, read.start_at, read.end_at) AS known (id)
WHERE
    read.source_table = %(source_table)s
    AND NOT EXISTS (SELECT 1 FROM {raw} AS seen WHERE seen.id = known.id)
ORDER BY known.id;
