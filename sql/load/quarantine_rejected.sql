-- Rejected rows wait in quarantine. Seen again they are not entered again, and what was discarded stays discarded for as
-- long as the row is the same.
INSERT INTO ops.quarantine AS known (
    run_id, source_table, source_key, content, reason, check_id, row_hash, event_at, last_seen_run_id
)
SELECT DISTINCT ON (aside.source_table, aside.source_key)
    %(run_id)s,
    aside.source_table,
    aside.source_key,
    aside.content,
    aside.reason,
    aside.check_id,
    aside.row_hash,
    aside.event_at,
    %(run_id)s
FROM rejected AS aside
WHERE
    NOT EXISTS (
        SELECT 1
        FROM ops.quarantine AS discarded
        WHERE
            discarded.state = 'discarded'
            AND discarded.source_table = aside.source_table
            AND discarded.source_key = aside.source_key
            AND discarded.row_hash IS NOT DISTINCT FROM aside.row_hash
    )
ORDER BY aside.source_table, aside.source_key
ON CONFLICT (source_table, source_key, coalesce(field, '')) WHERE state = 'open' DO UPDATE SET
    content = excluded.content,
    reason = excluded.reason,
    check_id = excluded.check_id,
    row_hash = excluded.row_hash,
    event_at = excluded.event_at,
    last_seen_run_id = excluded.last_seen_run_id;
