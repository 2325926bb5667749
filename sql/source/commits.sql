-- Commits.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table. The digest of a row
-- without such values is that of its other columns.
SELECT present.*
FROM (
    SELECT
        NULL::text AS commit_message,
        NULL::text AS author,
        NULL::text AS repository,
        NULL::boolean AS is_merge,
        NULL::bigint AS lines_added,
        NULL::bigint AS lines_deleted,
        NULL::text AS branch,
        NULL::text AS trailers,
        NULL::bigint AS code_lines_added,
        NULL::bigint AS code_lines_churned,
        NULL::timestamp AS reverted_at
) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        issue_id::bigint AS issue_id,
        commit_sha::text AS commit_sha,
        pr_number::bigint AS pr_number,
        commit_message::text AS commit_message,
        author::text AS author,
        committed_at::timestamp AS committed_at,
        repository::text AS repository,
        is_merge::boolean AS is_merge,
        lines_added::bigint AS lines_added,
        lines_deleted::bigint AS lines_deleted,
        branch::text AS branch,
        trailers::text AS trailers,
        code_lines_added::bigint AS code_lines_added,
        code_lines_churned::bigint AS code_lines_churned,
        reverted_at::timestamp AS reverted_at,
        int8xor(
            int8xor(
                hash_record_extended(ROW(id, issue_id, commit_sha, pr_number, commit_message, author, committed_at), 0),
                CASE
                    WHEN num_nonnulls(repository, is_merge, lines_added, lines_deleted) > 0
                        THEN hash_record_extended(ROW(repository, is_merge, lines_added, lines_deleted), 0)
                    ELSE 0
                END
            ),
            CASE
                WHEN num_nonnulls(branch, trailers, code_lines_added, code_lines_churned, reverted_at) > 0
                    THEN hash_record_extended(ROW(branch, trailers, code_lines_added, code_lines_churned, reverted_at), 0)
                ELSE 0
            END
        ) AS row_hash,
        committed_at::timestamp AS event_at
    FROM commits
    WHERE
        (committed_at >= %(first)s AND committed_at < %(last)s AND coalesce(committed_at <@ %(windows)s::tsmultirange, true))
        OR (reverted_at >= %(first)s AND reverted_at < %(last)s AND coalesce(reverted_at <@ %(windows)s::tsmultirange, true))
        OR id = ANY(%(ids)s::bigint [])
        OR (%(undated)s AND committed_at IS NULL)
        OR (%(undated)s AND (committed_at < '1970-01-01' OR committed_at >= %(latest)s))
) AS present;
