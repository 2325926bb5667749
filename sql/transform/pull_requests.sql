-- Pull requests in UTC, each repository by its one name. A moment of a review that no calendar holds is not known.
CREATE VIEW judged_pull_requests AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the pull request has no id']
        WHEN raw.created_at IS NULL THEN ARRAY['no-day', 'the pull request has no created_at, so it belongs to no day']
        WHEN
            raw.created_at < '1970-01-01' OR raw.created_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('created_at', raw.created_at, %(latest_moment)s, %(source_timezone)s)]
        WHEN
            raw.merged_at < '1970-01-01' OR raw.merged_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('merged_at', raw.merged_at, %(latest_moment)s, %(source_timezone)s)]
    END AS problem
FROM raw_pull_requests AS raw;

CREATE UNLOGGED TABLE stg_pull_requests AS
SELECT
    raw.id,
    raw.issue_id,
    known.repository,
    raw.number,
    CASE WHEN raw.merged_at IS NOT NULL THEN 'merged' ELSE lower(btrim(raw.state)) END AS state,
    nullif(btrim(raw.author), '') AS author,
    nullif(raw.labels, '') AS labels,
    nullif(btrim(raw.head_branch), '') AS head_branch,
    nullif(btrim(raw.base_branch), '') AS base_branch,
    lower(btrim(raw.merge_commit_sha)) AS merge_commit_sha,
    raw.created_at AT TIME ZONE %(source_timezone)s AS created_at,
    moment.updated_at AT TIME ZONE %(source_timezone)s AS updated_at,
    moment.ready_at AT TIME ZONE %(source_timezone)s AS ready_at,
    moment.first_review_at AT TIME ZONE %(source_timezone)s AS first_review_at,
    moment.first_human_review_at AT TIME ZONE %(source_timezone)s AS first_human_review_at,
    raw.merged_at AT TIME ZONE %(source_timezone)s AS merged_at,
    moment.closed_at AT TIME ZONE %(source_timezone)s AS closed_at,
    raw.review_rounds,
    raw.human_reviews,
    raw.bot_reviews,
    raw.lines_added,
    raw.lines_deleted,
    raw.changed_files,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_pull_requests AS raw
LEFT JOIN (
    SELECT
        word.repository AS word,
        ops.repository_name(word.repository) AS repository
    FROM (SELECT DISTINCT repository FROM raw_pull_requests WHERE repository IS NOT NULL) AS word
) AS known ON raw.repository = known.word
CROSS JOIN (SELECT tsrange('1970-01-01', %(latest_moment)s AT TIME ZONE %(source_timezone)s) AS calendar) AS bounds
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN bounds.calendar @> raw.updated_at THEN raw.updated_at END AS updated_at,
        CASE WHEN bounds.calendar @> raw.ready_at THEN raw.ready_at END AS ready_at,
        CASE WHEN bounds.calendar @> raw.first_review_at THEN raw.first_review_at END AS first_review_at,
        CASE WHEN bounds.calendar @> raw.first_human_review_at THEN raw.first_human_review_at END AS first_human_review_at,
        CASE WHEN bounds.calendar @> raw.closed_at THEN raw.closed_at END AS closed_at
) AS moment
WHERE raw.problem IS NULL;
