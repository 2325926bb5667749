-- name: gather
-- How the reviewers of an issue's pull requests judged: of each the last word that is a judgement, since a comment takes no
-- approval back. Approved by the share of those who approved or asked for changes; null while nobody did either.
CREATE TEMPORARY TABLE touched_review ON COMMIT DROP AS
SELECT
    known.key_repository AS repository,
    known.key
FROM connect.review AS review
INNER JOIN connect.pull_link AS known ON review.repository = known.repository AND review.number = known.number
WHERE review.changed_by >= %(since)s
UNION
SELECT
    repository,
    key
FROM touched_key;
ANALYZE touched_review (key);

CREATE TEMPORARY TABLE new_review ON COMMIT DROP AS
WITH given AS (
    SELECT DISTINCT
        touched.repository,
        touched.key,
        review.repository AS pull_repository,
        review.number,
        review.external_id,
        coalesce(review.author, review.external_id) AS reviewer,
        lower(review.state) AS state,
        review.submitted_at
    FROM touched_review AS touched
    INNER JOIN connect.pull_link AS known ON touched.repository = known.key_repository AND touched.key = known.key
    INNER JOIN connect.review AS review ON known.repository = review.repository AND known.number = review.number
    WHERE review.gone_at IS NULL AND review.submitted_at IS NOT NULL
),

judged AS (
    SELECT DISTINCT ON (repository, key, pull_repository, number, reviewer)
        repository,
        key,
        state
    FROM given
    WHERE state IN ('approved', 'changes_requested', 'dismissed')
    ORDER BY repository, key, pull_repository, number, reviewer, submitted_at DESC, external_id DESC
),

scored AS (
    SELECT
        repository,
        key,
        count(*) FILTER (WHERE state = 'approved')::numeric
        / nullif(count(*) FILTER (WHERE state IN ('approved', 'changes_requested')), 0) AS score
    FROM judged
    GROUP BY repository, key
)

SELECT
    issue.x_key,
    issue.id AS issue_id,
    round(scored.score, 2) AS review_score,
    max(given.submitted_at) AS created_at
FROM given
INNER JOIN issues AS issue ON issue.x_key = connect.issue_row_key(given.repository, given.key)
LEFT JOIN scored ON given.repository = scored.repository AND given.key = scored.key
GROUP BY issue.x_key, issue.id, scored.score;

-- name: merge
WITH merged AS (
    INSERT INTO review_results AS known (issue_id, review_score, created_at, x_key)
    SELECT
        fresh.issue_id,
        fresh.review_score,
        fresh.created_at AT TIME ZONE %(zone)s,
        fresh.x_key
    FROM new_review AS fresh
    ON CONFLICT (x_key) DO UPDATE SET
        review_score = excluded.review_score,
        created_at = excluded.created_at
    WHERE (known.review_score, known.created_at) IS DISTINCT FROM (excluded.review_score, excluded.created_at)
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM review_results AS known
    USING touched_review AS touched
    WHERE
        known.x_key = connect.issue_row_key(touched.repository, touched.key)
        AND NOT EXISTS (SELECT FROM new_review AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'review_results' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_review) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
