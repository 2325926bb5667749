-- Issues in UTC and in the warehouse's spellings. The title stays as typed.
CREATE VIEW judged_issues AS
SELECT
    raw.*,
    CASE WHEN raw.id IS NULL THEN ARRAY['no-id', 'the issue has no id'] END AS problem
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
    ops.sound_moment(raw.created_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS created_at,
    ops.sound_moment(raw.updated_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS updated_at,
    ops.sound_moment(raw.closed_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS closed_at,
    nullif(translate(lower(btrim(raw.state)), '- ', '__'), '') AS state,
    nullif(btrim(raw.author), '') AS author,
    ops.sound_moment(raw.deleted_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS deleted_at,
    raw.row_hash,
    ops.sound_moment(raw.event_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_issues AS raw
LEFT JOIN (
    SELECT
        word.repository AS word,
        ops.repository_name(word.repository) AS repository
    FROM (SELECT DISTINCT repository FROM raw_issues WHERE repository IS NOT NULL) AS word
) AS known ON raw.repository = known.word
WHERE raw.problem IS NULL;
