-- Issues in UTC and in the warehouse's spellings. The title stays as typed.
CREATE VIEW judged_issues AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the issue has no id']
        WHEN
            least(raw.created_at, raw.updated_at, raw.closed_at, raw.deleted_at) < '1970-01-01'
            OR greatest(raw.created_at, raw.updated_at, raw.closed_at, raw.deleted_at) >= '2100-01-01'
            THEN ARRAY['moment-out-of-range', 'a moment of the issue lies outside of 1970 to 2099']
    END AS problem
FROM raw_issues AS raw;

CREATE UNLOGGED TABLE stg_issues AS
SELECT
    raw.id,
    raw.number,
    raw.title,
    raw.description,
    CASE WHEN btrim(raw.priority) ~* '^p\d$' THEN upper(btrim(raw.priority)) ELSE nullif(btrim(raw.priority), '') END
        AS priority,
    nullif(lower(btrim(raw.complexity)), '') AS complexity,
    nullif(lower(btrim(raw.issue_type)), '') AS issue_type,
    known.repository,
    raw.created_at AT TIME ZONE %(source_timezone)s AS created_at,
    raw.updated_at AT TIME ZONE %(source_timezone)s AS updated_at,
    raw.closed_at AT TIME ZONE %(source_timezone)s AS closed_at,
    nullif(translate(lower(btrim(raw.state)), '- ', '__'), '') AS state,
    nullif(btrim(raw.author), '') AS author,
    raw.deleted_at AT TIME ZONE %(source_timezone)s AS deleted_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_issues AS raw
LEFT JOIN (
    SELECT
        word.repository AS word,
        ops.repository_name(word.repository) AS repository
    FROM (SELECT DISTINCT repository FROM raw_issues WHERE repository IS NOT NULL) AS word
) AS known ON raw.repository = known.word
WHERE raw.problem IS NULL;
