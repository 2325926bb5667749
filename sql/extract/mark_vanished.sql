-- Asked for by their ids and still not there: the source has deleted them.
INSERT INTO vanished (source_table, id)
SELECT
    %(source_table)s,
    asked.id
FROM unnest(%(ids)s::bigint []) AS asked (id)
WHERE NOT EXISTS (SELECT 1 FROM {raw} AS seen WHERE seen.id = asked.id);
