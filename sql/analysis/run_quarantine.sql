-- Rows that a run quarantined or met again, without their content, which may be anything.
SELECT
    source_table,
    source_key,
    reason,
    check_id,
    state,
    run_id AS first_seen_by
FROM ops.quarantine
WHERE run_id = %(run_id)s OR last_seen_run_id = %(run_id)s
ORDER BY source_table, quarantine_id
LIMIT %(limit)s;
