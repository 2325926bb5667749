-- name: gather_labels
-- Labels that changed, and those that waited for their issue.
CREATE TEMPORARY TABLE touched_label ON COMMIT DROP AS
SELECT
    repository,
    issue_key,
    name,
    applied_at
FROM landing.label
WHERE changed_by >= %(since)s
UNION
SELECT
    label.repository,
    label.issue_key,
    label.name,
    label.applied_at
FROM touched_key AS touched
INNER JOIN landing.label AS label ON touched.repository = label.repository AND touched.key = label.issue_key;
ANALYZE touched_label;

CREATE TEMPORARY TABLE new_label ON COMMIT DROP AS
SELECT
    concat_ws(' | ', issue.x_key, label.name, to_char(label.applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')) AS x_key,
    issue.id AS issue_id,
    label.name AS label_name,
    label.applied_at,
    max(label.removed_at) AS removed_at
FROM touched_label AS touched
INNER JOIN landing.label AS label
    ON
        touched.repository = label.repository
        AND touched.issue_key = label.issue_key
        AND touched.name = label.name
        AND touched.applied_at = label.applied_at
INNER JOIN issues AS issue ON issue.x_key = landing.issue_row_key(label.repository, label.issue_key)
WHERE label.gone_at IS NULL
GROUP BY issue.x_key, issue.id, label.name, label.applied_at;

-- name: merge_labels
WITH merged AS (
    INSERT INTO label_history AS known (issue_id, label_name, applied_at, removed_at, x_key)
    SELECT
        fresh.issue_id,
        fresh.label_name,
        fresh.applied_at AT TIME ZONE %(zone)s,
        fresh.removed_at AT TIME ZONE %(zone)s,
        fresh.x_key
    FROM new_label AS fresh
    ON CONFLICT (x_key) DO UPDATE SET removed_at = excluded.removed_at
    WHERE known.removed_at IS DISTINCT FROM excluded.removed_at
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM label_history AS known
    USING (
        SELECT DISTINCT landing.issue_row_key(repository, issue_key) AS issue_row_key
        FROM touched_label
    ) AS touched, issues AS issue
    WHERE
        issue.x_key = touched.issue_row_key
        AND known.issue_id = issue.id
        AND NOT EXISTS (
            SELECT FROM landing.label AS label
            WHERE
                label.repository = issue.repository
                AND label.issue_key = substr(issue.x_key, length(issue.repository) + 2)
                AND label.name = known.label_name
                AND label.applied_at = known.applied_at AT TIME ZONE %(zone)s
                AND label.gone_at IS NULL
        )
    RETURNING 1
)

SELECT
    'label_history' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_label) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;

-- name: gather_reviews
-- How the reviewers of an issue's pull requests judged: of each the last word that is a judgement, since a comment takes no
-- approval back. Approved by the share of those who approved or asked for changes; null while nobody did either.
CREATE TEMPORARY TABLE touched_review ON COMMIT DROP AS
SELECT
    known.key_repository AS repository,
    known.key
FROM landing.review AS review
INNER JOIN landing.pull_link AS known ON review.repository = known.repository AND review.number = known.number
WHERE review.changed_by >= %(since)s
UNION
SELECT
    repository,
    key
FROM touched_key;
ANALYZE touched_review;

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
    INNER JOIN landing.pull_link AS known ON touched.repository = known.key_repository AND touched.key = known.key
    INNER JOIN landing.review AS review ON known.repository = review.repository AND known.number = review.number
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
INNER JOIN issues AS issue ON issue.x_key = landing.issue_row_key(given.repository, given.key)
LEFT JOIN scored ON given.repository = scored.repository AND given.key = scored.key
GROUP BY issue.x_key, issue.id, scored.score;

-- name: merge_reviews
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
        known.x_key = landing.issue_row_key(touched.repository, touched.key)
        AND NOT EXISTS (SELECT FROM new_review AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'review_results' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_review) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;

-- name: gather_worktrees
-- Where an issue is worked on: the branch of its pull request, of several the one that was opened last.
CREATE TEMPORARY TABLE new_worktree ON COMMIT DROP AS
SELECT DISTINCT ON (issue.x_key)
    issue.x_key,
    issue.id AS issue_id,
    pull.repository || ':' || pull.head_branch AS worktree_path,
    pull.head_branch AS branch_name,
    CASE
        WHEN pull.merged_at IS NOT NULL THEN 'merged'
        WHEN pull.closed_at IS NOT NULL THEN 'abandoned'
        ELSE 'active'
    END AS status,
    pull.created_at,
    coalesce(pull.closed_at, pull.merged_at) AS cleaned_up_at
FROM touched_key AS touched
INNER JOIN landing.pull_link AS known ON touched.repository = known.key_repository AND touched.key = known.key
INNER JOIN landing.pull_request AS pull ON known.repository = pull.repository AND known.number = pull.number
INNER JOIN issues AS issue ON issue.x_key = landing.issue_row_key(touched.repository, touched.key)
WHERE pull.gone_at IS NULL AND pull.head_branch IS NOT NULL
ORDER BY issue.x_key, pull.created_at DESC NULLS LAST, pull.number DESC, pull.connection;

-- name: merge_worktrees
WITH merged AS (
    INSERT INTO worktree_states AS known (
        associated_issue_id, worktree_path, branch_name, status, created_at, cleaned_up_at, x_key
    )
    SELECT
        fresh.issue_id,
        fresh.worktree_path,
        fresh.branch_name,
        fresh.status,
        fresh.created_at AT TIME ZONE %(zone)s,
        fresh.cleaned_up_at AT TIME ZONE %(zone)s,
        fresh.x_key
    FROM new_worktree AS fresh
    ON CONFLICT (x_key) DO UPDATE SET
        worktree_path = excluded.worktree_path,
        branch_name = excluded.branch_name,
        status = excluded.status,
        created_at = excluded.created_at,
        cleaned_up_at = excluded.cleaned_up_at
    WHERE (
        known.worktree_path, known.branch_name, known.status, known.created_at, known.cleaned_up_at
    ) IS DISTINCT FROM (
        excluded.worktree_path, excluded.branch_name, excluded.status, excluded.created_at, excluded.cleaned_up_at
    )
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM worktree_states AS known
    USING touched_key AS touched
    WHERE
        known.x_key = landing.issue_row_key(touched.repository, touched.key)
        AND NOT EXISTS (SELECT FROM new_worktree AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'worktree_states' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_worktree) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;

-- name: gather_pulls
-- Pull requests with what their reviews come to. A review by a bot, or by the author, is nobody's look at it. Of a repository
-- without a single review nobody knows whether there were any.
CREATE TEMPORARY TABLE new_pull ON COMMIT DROP AS
WITH touched AS (
    SELECT
        repository,
        number
    FROM touched_pull
    UNION
    SELECT
        repository,
        number
    FROM landing.review
    WHERE changed_by >= %(since)s
),

pull AS (
    SELECT DISTINCT ON (landed.repository, landed.number) landed.*
    FROM touched
    INNER JOIN landing.pull_request AS landed ON touched.repository = landed.repository AND touched.number = landed.number
    WHERE landed.gone_at IS NULL
    ORDER BY landed.repository, landed.number, landed.updated_at DESC NULLS LAST, landed.connection
),

given AS (
    SELECT DISTINCT ON (review.repository, review.number, review.external_id)
        review.repository,
        review.number,
        lower(review.state) AS state,
        review.submitted_at,
        coalesce(review.is_bot, review.author ~* '(\[bot\]|-bot)$', false) AS is_bot,
        coalesce(review.author = pull.author, false) AS is_own
    FROM pull
    INNER JOIN landing.review AS review ON pull.repository = review.repository AND pull.number = review.number
    WHERE review.gone_at IS NULL AND review.submitted_at IS NOT NULL
    ORDER BY review.repository, review.number, review.external_id, review.connection
),

told AS (
    SELECT
        repository,
        number,
        min(submitted_at) FILTER (WHERE is_bot OR NOT is_own) AS first_review_at,
        min(submitted_at) FILTER (WHERE NOT is_bot AND NOT is_own) AS first_human_review_at,
        count(*) FILTER (WHERE NOT is_bot AND NOT is_own) AS human_reviews,
        count(*) FILTER (WHERE is_bot) AS bot_reviews,
        count(*) FILTER (WHERE NOT is_bot AND NOT is_own AND state = 'changes_requested') AS handed_back
    FROM given
    GROUP BY repository, number
),

reviewed AS (
    SELECT named.repository
    FROM (SELECT DISTINCT repository FROM pull) AS named
    WHERE EXISTS (SELECT FROM landing.review AS known WHERE known.repository = named.repository AND known.gone_at IS NULL)
)

SELECT
    pull.repository || '!' || pull.number AS x_key,
    (
        SELECT min(issue.id)
        FROM landing.pull_link AS named
        INNER JOIN issues AS issue ON issue.x_key = landing.issue_row_key(named.key_repository, named.key)
        WHERE named.repository = pull.repository AND named.number = pull.number
    ) AS issue_id,
    pull.repository,
    pull.number,
    pull.state,
    pull.author,
    nullif(array_to_string(pull.labels, e'\n'), '') AS labels,
    pull.head_branch,
    pull.base_branch,
    pull.merge_commit_sha,
    pull.created_at AT TIME ZONE %(zone)s AS created_at,
    pull.updated_at AT TIME ZONE %(zone)s AS updated_at,
    pull.ready_at AT TIME ZONE %(zone)s AS ready_at,
    told.first_review_at AT TIME ZONE %(zone)s AS first_review_at,
    told.first_human_review_at AT TIME ZONE %(zone)s AS first_human_review_at,
    pull.merged_at AT TIME ZONE %(zone)s AS merged_at,
    pull.closed_at AT TIME ZONE %(zone)s AS closed_at,
    CASE
        WHEN reviewed.repository IS NOT NULL
            THEN coalesce(told.handed_back, 0) + CASE WHEN told.human_reviews > 0 THEN 1 ELSE 0 END
    END AS review_rounds,
    CASE WHEN reviewed.repository IS NOT NULL THEN coalesce(told.human_reviews, 0) END AS human_reviews,
    CASE WHEN reviewed.repository IS NOT NULL THEN coalesce(told.bot_reviews, 0) END AS bot_reviews,
    pull.lines_added,
    pull.lines_deleted,
    pull.changed_files
FROM pull
LEFT JOIN told ON pull.repository = told.repository AND pull.number = told.number
LEFT JOIN reviewed ON pull.repository = reviewed.repository;

-- name: merge_pulls
WITH merged AS (
    INSERT INTO pull_requests AS known (
        x_key, issue_id, repository, number, state, author, labels, head_branch, base_branch, merge_commit_sha, created_at,
        updated_at, ready_at, first_review_at, first_human_review_at, merged_at, closed_at, review_rounds, human_reviews,
        bot_reviews, lines_added, lines_deleted, changed_files
    )
    SELECT fresh.*
    FROM new_pull AS fresh
    ORDER BY fresh.created_at, fresh.x_key
    ON CONFLICT (x_key) DO UPDATE SET
        issue_id = excluded.issue_id,
        state = excluded.state,
        author = excluded.author,
        labels = excluded.labels,
        head_branch = excluded.head_branch,
        base_branch = excluded.base_branch,
        merge_commit_sha = excluded.merge_commit_sha,
        created_at = excluded.created_at,
        updated_at = excluded.updated_at,
        ready_at = excluded.ready_at,
        first_review_at = excluded.first_review_at,
        first_human_review_at = excluded.first_human_review_at,
        merged_at = excluded.merged_at,
        closed_at = excluded.closed_at,
        review_rounds = excluded.review_rounds,
        human_reviews = excluded.human_reviews,
        bot_reviews = excluded.bot_reviews,
        lines_added = excluded.lines_added,
        lines_deleted = excluded.lines_deleted,
        changed_files = excluded.changed_files
    WHERE (
        known.issue_id, known.state, known.author, known.labels, known.head_branch, known.base_branch, known.merge_commit_sha,
        known.created_at, known.updated_at, known.ready_at, known.first_review_at, known.first_human_review_at,
        known.merged_at, known.closed_at, known.review_rounds, known.human_reviews, known.bot_reviews, known.lines_added,
        known.lines_deleted, known.changed_files
    ) IS DISTINCT FROM (
        excluded.issue_id, excluded.state, excluded.author, excluded.labels, excluded.head_branch, excluded.base_branch,
        excluded.merge_commit_sha, excluded.created_at, excluded.updated_at, excluded.ready_at, excluded.first_review_at,
        excluded.first_human_review_at, excluded.merged_at, excluded.closed_at, excluded.review_rounds, excluded.human_reviews,
        excluded.bot_reviews, excluded.lines_added, excluded.lines_deleted, excluded.changed_files
    )
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM pull_requests AS known
    USING touched_pull AS touched
    WHERE
        known.x_key = touched.repository || '!' || touched.number
        AND NOT EXISTS (SELECT FROM new_pull AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'pull_requests' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_pull) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
