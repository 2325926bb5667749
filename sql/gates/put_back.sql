-- Content, digest and time of a rejected row are the whole conformed row, so putting it back loses nothing.
WITH taken AS (
    DELETE FROM rejected
    WHERE source_table = %(source_table)s AND string_to_array(check_id, ', ') && %(check_ids)s::text []
    RETURNING content || jsonb_build_object('row_hash', row_hash, 'event_at', event_at) AS content
)

INSERT INTO {batch}
SELECT conformed.*
FROM taken
CROSS JOIN LATERAL jsonb_populate_record(NULL::{batch}, taken.content) AS conformed;
