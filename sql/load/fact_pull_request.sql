-- Pull requests of the batch, with what each waited for. Draft time is told apart; a review while it still was a draft counts as
-- one without waiting.
CREATE TABLE gone_pull_request AS
SELECT known.change_key
FROM change_pull_requests AS changed
INNER JOIN fact_pull_request AS known ON changed.id = known.pull_request_id
WHERE known.change_key IS NOT NULL;

CREATE TABLE new_fact_pull_request AS
SELECT
    staged.id AS pull_request_id,
    ops.day_key(staged.created_at, %(business_timezone)s) AS time_key,
    ops.change_key(staged.repository, staged.number, NULL, NULL) AS change_key,
    ops.shown_repository(staged.repository) AS repository,
    staged.number,
    staged.issue_id,
    staged.state,
    staged.author,
    staged.created_at,
    start.ready_at,
    staged.first_review_at,
    staged.first_human_review_at,
    staged.merged_at,
    ops.day_key(staged.merged_at, %(business_timezone)s) AS merged_time_key,
    staged.closed_at,
    staged.lines_added,
    staged.lines_deleted,
    staged.changed_files,
    staged.review_rounds,
    staged.human_reviews,
    staged.bot_reviews,
    round(extract(EPOCH FROM start.ready_at - staged.created_at) / 3600, 6) AS draft_hours,
    round(extract(EPOCH FROM clock.reviewed_at - start.ready_at) / 3600, 6) AS first_review_hours,
    round(extract(EPOCH FROM clock.ended_at - clock.reviewed_at) / 3600, 6) AS review_hours,
    round(extract(EPOCH FROM clock.merged_at - start.ready_at) / 3600, 6) AS merge_hours,
    CASE WHEN clock.reviewed_at IS NOT NULL THEN ops.business_hours(start.ready_at, clock.reviewed_at) END
        AS first_review_business_hours,
    CASE WHEN clock.reviewed_at <= clock.ended_at THEN ops.business_hours(clock.reviewed_at, clock.ended_at) END
        AS review_business_hours,
    CASE WHEN clock.merged_at IS NOT NULL THEN ops.business_hours(start.ready_at, clock.merged_at) END AS merge_business_hours,
    CASE WHEN staged.merged_at IS NOT NULL THEN staged.human_reviews = 0 END AS is_merged_without_review
FROM staging.pull_requests AS staged
INNER JOIN change_pull_requests AS changed ON staged.id = changed.id
CROSS JOIN LATERAL (SELECT greatest(staged.ready_at, staged.created_at) AS ready_at) AS start
-- A moment before the start is one at the start.
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN staged.merged_at IS NOT NULL THEN greatest(staged.merged_at, start.ready_at) END AS merged_at,
        CASE
            WHEN coalesce(staged.merged_at, staged.closed_at) IS NOT NULL
                THEN greatest(coalesce(staged.merged_at, staged.closed_at), start.ready_at)
        END AS ended_at,
        CASE
            WHEN staged.first_human_review_at IS NOT NULL
                AND staged.first_human_review_at <= coalesce(staged.merged_at, staged.closed_at, 'infinity')
                THEN greatest(staged.first_human_review_at, start.ready_at)
        END AS reviewed_at
) AS clock;
ANALYZE new_fact_pull_request (pull_request_id);

SELECT merged.*
FROM ops.merge_rows(
    'new_fact_pull_request', 'fact_pull_request', ARRAY['pull_request_id'],
    't.pull_request_id IN (SELECT id FROM change_pull_requests)', %(run_number)s, 'change_fact_pull_request'
) AS merged;
