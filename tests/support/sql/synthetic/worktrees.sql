INSERT INTO worktree_states (
    associated_issue_id, worktree_path, branch_name, status, created_at, cleaned_up_at
)
WITH made AS (
    SELECT
        id,
        created_at + pg_temp.wait('3 hours', pg_temp.chance(%(seed)s, 81, id)) AS created_at
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 80, id) < 0.35
),

ended AS (
    SELECT
        *,
        -- Some stay for good.
        CASE
            WHEN pg_temp.chance(%(seed)s, 87, id) < 0.85
                THEN created_at + pg_temp.wait('5 days', pg_temp.chance(%(seed)s, 82, id))
        END AS cleaned_up_at
    FROM made
    WHERE created_at < %(end)s::timestamp
)

SELECT
    id,
    CASE
        WHEN pg_temp.chance(%(seed)s, 83, id) < %(hostile)s THEN pg_temp.hostile(pg_temp.chance(%(seed)s, 84, id))
        -- Paths are used again for other issues.
        WHEN pg_temp.chance(%(seed)s, 84, id) < 0.15 THEN '.worktrees/shared-' || id %% 20
        ELSE '.worktrees/issue-' || id
    END,
    'issue-' || id,
    CASE
        WHEN coalesce(cleaned_up_at, 'infinity') >= %(end)s::timestamp THEN 'active'
        ELSE pg_temp.pick('{merged,merged,merged,completed,abandoned}', pg_temp.chance(%(seed)s, 85, id))
    END,
    CASE WHEN pg_temp.chance(%(seed)s, 86, id) < 0.95 THEN date_trunc('milliseconds', created_at) END,
    CASE WHEN cleaned_up_at < %(end)s::timestamp THEN date_trunc('milliseconds', cleaned_up_at) END
FROM ended
