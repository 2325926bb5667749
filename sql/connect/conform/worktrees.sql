-- name: gather
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
INNER JOIN connect.pull_link AS known ON touched.repository = known.key_repository AND touched.key = known.key
INNER JOIN connect.pull_request AS pull ON known.repository = pull.repository AND known.number = pull.number
INNER JOIN issues AS issue ON issue.x_key = connect.issue_row_key(touched.repository, touched.key)
WHERE pull.gone_at IS NULL AND pull.head_branch IS NOT NULL
ORDER BY issue.x_key, pull.created_at DESC NULLS LAST, pull.number DESC, pull.connection;

-- name: merge
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
        known.x_key = connect.issue_row_key(touched.repository, touched.key)
        AND NOT EXISTS (SELECT FROM new_worktree AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'worktree_states' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_worktree) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
