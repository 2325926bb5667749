-- The same id more than once: the latest row stays, of equally late ones that with the smallest digest; the others are
-- quarantined under their id and their place among its copies.
WITH numbered AS (
    SELECT
        staged.ctid AS place,
        row_number() OVER (PARTITION BY staged.id ORDER BY staged.event_at DESC NULLS LAST, staged.row_hash) AS copy_number
    FROM {staged} AS staged
),

taken AS (
    DELETE FROM {staged} AS staged
    USING numbered
    WHERE staged.ctid = numbered.place AND numbered.copy_number > 1
    RETURNING staged.*, numbered.copy_number
)

INSERT INTO rejected (source_table, source_key, content, reason, check_id, row_hash, event_at)
SELECT
    %(source_table)s,
    taken.id || '#' || taken.copy_number,
    to_jsonb(taken) - 'row_hash' - 'event_at' - 'copy_number',
    'the source has more than one row with this id',
    %(source_table)s || '.repeated-id',
    taken.row_hash,
    taken.event_at
FROM taken;
