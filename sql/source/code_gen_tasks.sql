-- Code generation tasks. One an issue, changed in place; updated_at tells when.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table.
SELECT present.*
FROM (SELECT NULL::bigint AS compilation_time_ms) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        issue_id::bigint AS issue_id,
        total_files_generated::bigint AS total_files_generated,
        total_lines_generated::bigint AS total_lines_generated,
        compilation_time_ms::bigint AS compilation_time_ms,
        clippy_warnings::bigint AS clippy_warnings,
        fmt_issues::bigint AS fmt_issues,
        created_at::timestamp AS created_at,
        updated_at::timestamp AS updated_at,
        hash_record_extended(
            ROW(
                id, issue_id, total_files_generated, total_lines_generated, compilation_time_ms,
                clippy_warnings, fmt_issues, created_at, updated_at
            ), 0
        ) AS row_hash,
        created_at::timestamp AS event_at
    FROM code_gen_tasks
    WHERE
        (created_at >= %(first)s AND created_at < %(last)s AND coalesce(created_at <@ %(windows)s::tsmultirange, true))
        OR (updated_at >= %(first)s AND updated_at < %(last)s AND coalesce(updated_at <@ %(windows)s::tsmultirange, true))
        OR id = ANY(%(ids)s::bigint [])
        OR (%(undated)s AND created_at IS NULL AND updated_at IS NULL)
        OR (%(undated)s AND (
            created_at < '1970-01-01' OR created_at >= %(latest)s
            OR updated_at < '1970-01-01' OR updated_at >= %(latest)s
        ))
        OR (%(uncounted)s AND created_at IS NULL)
) AS present;
