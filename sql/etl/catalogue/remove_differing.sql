-- First half of replacing a table by its file: rows that the file has otherwise, or not at all, go.
-- Removing before inserting lets two rows exchange what is unique, which an update in place could not.
-- NOT IN: every row is written as jsonb once and looked up, where NOT EXISTS would compare each with each.
WITH removed AS (
    DELETE FROM {target} AS held
    WHERE to_jsonb(held) NOT IN (SELECT to_jsonb(wanted) FROM {incoming} AS wanted)
    RETURNING to_jsonb(held) AS content
),

removed_key AS (
    SELECT (SELECT jsonb_object_agg(part, removed.content -> part) FROM unnest(%(key)s::text []) AS part) AS content
    FROM removed
),

wanted_key AS (
    SELECT (SELECT jsonb_object_agg(part, to_jsonb(wanted) -> part) FROM unnest(%(key)s::text []) AS part) AS content
    FROM {incoming} AS wanted
    WHERE EXISTS (SELECT FROM removed)
)

SELECT
    count(*) FILTER (WHERE content IN (SELECT wanted_key.content FROM wanted_key)) AS updated,
    count(*) FILTER (WHERE content NOT IN (SELECT wanted_key.content FROM wanted_key)) AS deleted
FROM removed_key
