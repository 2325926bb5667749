-- Worktrees. One an issue.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table.
SELECT present.*
FROM (SELECT NULL::text AS branch_name) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        associated_issue_id::bigint AS associated_issue_id,
        worktree_path::text AS worktree_path,
        branch_name::text AS branch_name,
        status::text AS status,
        created_at::timestamp AS created_at,
        cleaned_up_at::timestamp AS cleaned_up_at,
        hash_record_extended(
            ROW(
                id, associated_issue_id, worktree_path, branch_name,
                status, created_at, cleaned_up_at
            ), 0
        ) AS row_hash,
        created_at::timestamp AS event_at
    FROM worktree_states
    WHERE
        (created_at >= %(first)s AND created_at < %(last)s AND coalesce(created_at <@ %(windows)s::tsmultirange, true))
        OR (
            cleaned_up_at >= %(first)s AND cleaned_up_at < %(last)s
            AND coalesce(cleaned_up_at <@ %(windows)s::tsmultirange, true)
        )
        OR id = ANY(%(ids)s::bigint [])
        OR (%(undated)s AND created_at IS NULL AND cleaned_up_at IS NULL)
        OR (%(undated)s AND (
            created_at < '1970-01-01' OR created_at >= %(latest)s
            OR cleaned_up_at < '1970-01-01' OR cleaned_up_at >= %(latest)s
        ))
        OR (%(uncounted)s AND created_at IS NULL)
) AS present;
