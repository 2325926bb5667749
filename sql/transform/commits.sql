-- Commits in UTC. A sha that occurs twice stays twice here; the fact counts it once.
CREATE VIEW judged_commits AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the commit has no id']
        WHEN coalesce(btrim(raw.commit_sha), '') = '' THEN ARRAY['no-sha', 'the commit has no sha']
        WHEN raw.committed_at IS NULL THEN ARRAY['no-day', 'the commit has no committed_at, so it belongs to no day']
        WHEN
            raw.committed_at < '1970-01-01' OR raw.committed_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('committed_at', raw.committed_at, %(latest_moment)s, %(source_timezone)s)]
    END AS problem
FROM raw_commits AS raw;

CREATE UNLOGGED TABLE stg_commits AS
SELECT
    raw.id,
    raw.issue_id,
    lower(btrim(raw.commit_sha)) AS commit_sha,
    raw.pr_number,
    raw.commit_message,
    nullif(btrim(raw.author), '') AS author,
    raw.committed_at AT TIME ZONE %(source_timezone)s AS committed_at,
    known.repository,
    raw.is_merge,
    raw.lines_added,
    raw.lines_deleted,
    nullif(btrim(raw.branch), '') AS branch,
    nullif(btrim(raw.trailers), '') AS trailers,
    raw.code_lines_added,
    least(raw.code_lines_churned, raw.code_lines_added) AS code_lines_churned,
    CASE
        WHEN raw.reverted_at >= '1970-01-01' AND raw.reverted_at < %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN raw.reverted_at AT TIME ZONE %(source_timezone)s
    END AS reverted_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_commits AS raw
LEFT JOIN (
    SELECT
        word.repository AS word,
        ops.repository_name(word.repository) AS repository
    FROM (SELECT DISTINCT repository FROM raw_commits WHERE repository IS NOT NULL) AS word
) AS known ON raw.repository = known.word
WHERE raw.problem IS NULL;
