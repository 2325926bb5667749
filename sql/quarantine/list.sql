SELECT
    entry.quarantine_id,
    entry.source_table,
    entry.source_key,
    entry.state,
    entry.quarantined_at,
    entry.run_id,
    entry.last_seen_run_id,
    entry.check_id,
    entry.reason
FROM ops.quarantine AS entry
WHERE
    (%(source_table)s::text IS NULL OR entry.source_table = %(source_table)s)
    AND (%(state)s::text IS NULL OR entry.state = %(state)s)
    AND (%(run_id)s::text IS NULL OR %(run_id)s IN (entry.run_id, entry.last_seen_run_id))
ORDER BY entry.quarantine_id DESC
LIMIT %(at_most)s;
