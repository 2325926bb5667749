-- The last known version of each row. Rows that vanished from the source, or are no longer fit, leave it.
SELECT merged.*
FROM ops.merge_rows(
    %(staged)s::regclass,
    %(kept)s::regclass,
    ARRAY['id'],
    format(
        't.id IN (SELECT id FROM %%s UNION SELECT id FROM vanished WHERE source_table = %%L
        UNION SELECT source_key::bigint FROM rejected WHERE source_table = %%L AND source_key ~ ''^-?\d{1,18}$'')',
        %(staged)s, %(source_table)s, %(source_table)s
    ),
    %(run_number)s,
    %(changes)s,
    %(watch)s::text []
) AS merged;
