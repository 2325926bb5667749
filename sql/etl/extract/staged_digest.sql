-- The same of a small table, by the moment that its rows are counted by.
SELECT
    date_trunc(
        %(unit)s,
        coalesce(known.event_at, '1970-01-01'::timestamp AT TIME ZONE %(source_timezone)s) AT TIME ZONE %(business_timezone)s
    )::date AS bucket,
    count(*) AS row_count,
    sum(known.row_hash) AS digest
FROM (
    SELECT
        -- Of a moment that was quarantined the source still counts the row's place.
        coalesce(kept.{moment}, (
            SELECT emptied.event_at
            FROM ops.quarantine AS emptied
            WHERE
                emptied.source_table = %(source_table)s
                AND emptied.source_key = kept.id::text
                AND emptied.field = %(moment)s
                AND emptied.state IN ('open', 'discarded')
            LIMIT 1
        )) AS event_at,
        kept.row_hash
    FROM {table} AS kept
    UNION ALL
    SELECT
        waiting.event_at,
        waiting.row_hash
    FROM ops.quarantine AS waiting
    WHERE waiting.source_table = %(source_table)s AND waiting.state IN ('open', 'discarded') AND waiting.field IS NULL
) AS known
WHERE known.event_at IS NULL OR known.event_at < %(until)s::timestamp AT TIME ZONE %(source_timezone)s
GROUP BY 1
ORDER BY 1;
