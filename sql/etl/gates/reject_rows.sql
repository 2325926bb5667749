-- One rejected row a bad row, however many checks it breaks; all of them are named.
WITH verdict AS (
    SELECT
        row_place,
        string_agg(check_id, ', ' ORDER BY position) AS check_id,
        string_agg(reason, '; ' ORDER BY position) AS reason
    FROM offending
    WHERE field IS NULL
    GROUP BY row_place
),

taken AS (
    DELETE FROM {batch} AS bad
    USING verdict
    WHERE bad.ctid = verdict.row_place
    RETURNING
        bad.id::text AS source_key,
        to_jsonb(bad) - 'row_hash' - 'event_at' AS content,
        bad.row_hash,
        bad.event_at,
        verdict.reason,
        verdict.check_id
)

INSERT INTO rejected (source_table, source_key, content, reason, check_id, row_hash, event_at)
SELECT
    %(source_table)s,
    coalesce(source_key, 'no id, row ' || row_hash),
    content,
    reason,
    check_id,
    row_hash,
    event_at
FROM taken;
