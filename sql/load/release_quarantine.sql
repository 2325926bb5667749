-- Entries whose row or field is loaded now, or is no longer in the source. What was quarantined again just now stays.
WITH entry AS MATERIALIZED (
    SELECT
        waiting.quarantine_id,
        waiting.source_key,
        waiting.field,
        split_part(waiting.source_key, '#', 1)::bigint AS id
    FROM ops.quarantine AS waiting
    WHERE
        waiting.source_table = %(source_table)s
        AND waiting.state IN ('open', 'discarded')
        AND CASE WHEN waiting.source_key ~ '^-?\d{1,18}(#\d+)?$' THEN true ELSE false END
        AND NOT EXISTS (
            SELECT 1
            FROM rejected AS aside
            WHERE aside.source_table = %(source_table)s AND aside.source_key = waiting.source_key AND waiting.field IS NULL
        )
        AND NOT EXISTS (
            SELECT 1
            FROM rejected_field AS aside
            WHERE
                aside.source_table = %(source_table)s
                AND aside.source_key = waiting.source_key
                AND aside.field = waiting.field
        )
),

resolved AS (
    SELECT
        entry.quarantine_id,
        CASE WHEN staged.id IS NOT NULL AND entry.source_key = entry.id::text THEN 'loaded' ELSE 'vanished' END AS state
    FROM entry
    LEFT JOIN {staged} AS staged ON entry.id = staged.id
    LEFT JOIN vanished AS gone ON entry.id = gone.id AND gone.source_table = %(source_table)s
    WHERE staged.id IS NOT NULL OR gone.id IS NOT NULL
)

UPDATE ops.quarantine AS known
SET state = resolved.state, resolved_at = clock_timestamp(), resolved_by = %(run_id)s
FROM resolved
WHERE known.quarantine_id = resolved.quarantine_id;
