-- The rows this run set aside or met again, at most a page of them, with how many there are.
SELECT
    source_table,
    source_key,
    reason,
    check_id,
    state,
    content,
    event_at,
    run_id AS first_run_id,
    count(*) OVER () AS total
FROM ops.quarantine
WHERE run_id = %(run_id)s OR last_seen_run_id = %(run_id)s
ORDER BY source_table, quarantine_id
LIMIT %(at_most)s;
