-- First half of replacing a table by its file: rows that the file has otherwise, or not at all, go.
-- Removing before inserting lets two rows exchange what is unique, which an update in place could not.
WITH removed AS (
    DELETE FROM {target} AS held
    WHERE NOT EXISTS (SELECT 1 FROM {incoming} AS wanted WHERE to_jsonb(wanted) = to_jsonb(held))
    RETURNING to_jsonb(held) AS content
),

removed_key AS (
    SELECT (SELECT jsonb_object_agg(part, removed.content -> part) FROM unnest(%(key)s::text []) AS part) AS content
    FROM removed
)

SELECT
    count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM {incoming} AS wanted WHERE to_jsonb(wanted) @> removed_key.content
    )) AS updated,
    count(*) FILTER (WHERE NOT EXISTS (
        SELECT 1 FROM {incoming} AS wanted WHERE to_jsonb(wanted) @> removed_key.content
    )) AS deleted
FROM removed_key
