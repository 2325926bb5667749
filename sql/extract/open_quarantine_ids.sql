-- Rows in quarantine are read again each time, so that a repair in the source is seen.
SELECT DISTINCT split_part(waiting.source_key, '#', 1)::bigint AS id
FROM ops.quarantine AS waiting
WHERE
    waiting.source_table = %(source_table)s
    AND waiting.state = 'open'
    AND waiting.source_key ~ '^-?\d{1,18}(#\d+)?$'
ORDER BY id;
