-- Pull requests.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table.
SELECT present.*
FROM (
    SELECT
        NULL::text AS author,
        NULL::text AS labels,
        NULL::text AS head_branch,
        NULL::text AS base_branch,
        NULL::text AS merge_commit_sha,
        NULL::timestamp AS ready_at,
        NULL::timestamp AS first_review_at,
        NULL::timestamp AS first_human_review_at,
        NULL::bigint AS review_rounds,
        NULL::bigint AS human_reviews,
        NULL::bigint AS bot_reviews,
        NULL::bigint AS lines_added,
        NULL::bigint AS lines_deleted,
        NULL::bigint AS changed_files
) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        issue_id::bigint AS issue_id,
        repository::text AS repository,
        number::bigint AS number,
        state::text AS state,
        author::text AS author,
        labels::text AS labels,
        head_branch::text AS head_branch,
        base_branch::text AS base_branch,
        merge_commit_sha::text AS merge_commit_sha,
        created_at::timestamp AS created_at,
        updated_at::timestamp AS updated_at,
        ready_at::timestamp AS ready_at,
        first_review_at::timestamp AS first_review_at,
        first_human_review_at::timestamp AS first_human_review_at,
        merged_at::timestamp AS merged_at,
        closed_at::timestamp AS closed_at,
        review_rounds::bigint AS review_rounds,
        human_reviews::bigint AS human_reviews,
        bot_reviews::bigint AS bot_reviews,
        lines_added::bigint AS lines_added,
        lines_deleted::bigint AS lines_deleted,
        changed_files::bigint AS changed_files,
        hash_record_extended(
            ROW(
                id, issue_id, repository, number, state, author, labels, head_branch, base_branch, merge_commit_sha, created_at,
                updated_at, ready_at, first_review_at, first_human_review_at, merged_at, closed_at, review_rounds,
                human_reviews, bot_reviews, lines_added, lines_deleted, changed_files
            ), 0
        ) AS row_hash,
        created_at::timestamp AS event_at
    FROM pull_requests
    WHERE
        (created_at >= %(first)s AND created_at < %(last)s AND coalesce(created_at <@ %(windows)s::tsmultirange, true))
        OR (updated_at >= %(first)s AND updated_at < %(last)s AND coalesce(updated_at <@ %(windows)s::tsmultirange, true))
        OR (merged_at >= %(first)s AND merged_at < %(last)s AND coalesce(merged_at <@ %(windows)s::tsmultirange, true))
        OR (closed_at >= %(first)s AND closed_at < %(last)s AND coalesce(closed_at <@ %(windows)s::tsmultirange, true))
        OR id = ANY(%(ids)s::bigint [])
        OR (%(undated)s AND (created_at IS NULL OR created_at < '1970-01-01' OR created_at >= %(latest)s))
) AS present;
