-- Worktrees by path. Several issues may have used one path: it is described as last used.
WITH touched AS (
    SELECT unnest(ARRAY[changed.old_worktree_path, changed.new_worktree_path]) AS worktree_path
    FROM change_worktree_states AS changed
),

wanted AS (
    SELECT DISTINCT ON (staged.worktree_path)
        staged.worktree_path,
        staged.branch_name,
        staged.status,
        staged.associated_issue_id,
        staged.created_at,
        staged.cleaned_up_at
    FROM staging.worktree_states AS staged
    WHERE staged.worktree_path IN (SELECT touched.worktree_path FROM touched)
    ORDER BY staged.worktree_path, staged.created_at DESC NULLS LAST, staged.id DESC
),

updated AS (
    UPDATE dim_worktree AS known
    SET
        branch_name = wanted.branch_name,
        status = wanted.status,
        associated_issue_id = wanted.associated_issue_id,
        created_at = wanted.created_at,
        cleaned_up_at = wanted.cleaned_up_at,
        is_inferred = false
    FROM wanted
    WHERE
        known.worktree_path = wanted.worktree_path
        AND (
            known.branch_name, known.status, known.associated_issue_id, known.created_at, known.cleaned_up_at, known.is_inferred
        ) IS DISTINCT FROM (
            wanted.branch_name, wanted.status, wanted.associated_issue_id, wanted.created_at, wanted.cleaned_up_at, false
        )
    RETURNING known.worktree_key
),

inserted AS (
    INSERT INTO dim_worktree (worktree_path, branch_name, status, associated_issue_id, created_at, cleaned_up_at)
    SELECT wanted.*
    FROM wanted
    WHERE NOT EXISTS (SELECT 1 FROM dim_worktree AS known WHERE known.worktree_path = wanted.worktree_path)
    RETURNING worktree_key
)

SELECT
    (SELECT count(*) FROM inserted) AS inserted,
    (SELECT count(*) FROM updated) AS updated,
    (SELECT count(*) FROM wanted) - (SELECT count(*) FROM inserted) - (SELECT count(*) FROM updated) AS unchanged,
    0 AS deleted;
