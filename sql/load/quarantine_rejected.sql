-- Rejected rows, and fields of loaded ones, wait in quarantine. Seen again they are not entered again, and what was discarded stays discarded for as
-- long as the row is the same.
INSERT INTO ops.quarantine AS known (
    run_id, source_table, source_key, field, content, reason, check_id, row_hash, event_at, last_seen_run_id
)
SELECT DISTINCT ON (aside.source_table, aside.source_key, aside.field)
    %(run_id)s,
    aside.source_table,
    aside.source_key,
    aside.field,
    aside.content,
    aside.reason,
    aside.check_id,
    aside.row_hash,
    aside.event_at,
    %(run_id)s
FROM (
    SELECT
        source_table,
        source_key,
        NULL AS field,
        content,
        reason,
        check_id,
        row_hash,
        event_at
    FROM rejected
    UNION ALL
    SELECT
        source_table,
        source_key,
        field,
        content,
        reason,
        check_id,
        row_hash,
        event_at
    FROM rejected_field
) AS aside
WHERE
    NOT EXISTS (
        SELECT 1
        FROM ops.quarantine AS discarded
        WHERE
            discarded.state = 'discarded'
            AND discarded.source_table = aside.source_table
            AND discarded.source_key = aside.source_key
            AND discarded.field IS NOT DISTINCT FROM aside.field
            AND CASE
                WHEN aside.field IS NULL THEN discarded.row_hash IS NOT DISTINCT FROM aside.row_hash
                ELSE discarded.content = aside.content
            END
    )
ORDER BY aside.source_table, aside.source_key, aside.field
ON CONFLICT (source_table, source_key, coalesce(field, '')) WHERE state = 'open' DO UPDATE SET
    content = excluded.content,
    reason = excluded.reason,
    check_id = excluded.check_id,
    row_hash = excluded.row_hash,
    event_at = excluded.event_at,
    last_seen_run_id = excluded.last_seen_run_id;
