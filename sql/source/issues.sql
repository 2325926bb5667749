-- Issues. A row changes in place and updated_at tells when, so any of its moments may bring it into the window.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
-- A source may lack a column that is not essential: its name then means the null beside the table. The digest of a row
-- without such values is that of its other columns.
SELECT present.*
FROM (
    SELECT
        NULL::text AS description,
        NULL::text AS complexity,
        NULL::text AS state,
        NULL::text AS author,
        NULL::timestamp AS deleted_at
) AS absent
CROSS JOIN LATERAL (
    SELECT
        id::bigint AS id,
        number::bigint AS number,
        title::text AS title,
        description::text AS description,
        priority::text AS priority,
        complexity::text AS complexity,
        issue_type::text AS issue_type,
        repository::text AS repository,
        created_at::timestamp AS created_at,
        updated_at::timestamp AS updated_at,
        closed_at::timestamp AS closed_at,
        state::text AS state,
        author::text AS author,
        deleted_at::timestamp AS deleted_at,
        int8xor(
            hash_record_extended(
                ROW(
                    id, number, title, description, priority, complexity,
                    issue_type, repository, created_at, updated_at, closed_at
                ), 0
            ),
            CASE
                WHEN num_nonnulls(state, author, deleted_at) > 0
                    THEN hash_record_extended(ROW(state, author, deleted_at), 0)
                ELSE 0
            END
        ) AS row_hash,
        created_at::timestamp AS event_at
    FROM issues
    WHERE
        (created_at >= %(first)s AND created_at < %(last)s AND coalesce(created_at <@ %(windows)s::tsmultirange, true))
        OR (updated_at >= %(first)s AND updated_at < %(last)s AND coalesce(updated_at <@ %(windows)s::tsmultirange, true))
        OR (closed_at >= %(first)s AND closed_at < %(last)s AND coalesce(closed_at <@ %(windows)s::tsmultirange, true))
        OR (deleted_at >= %(first)s AND deleted_at < %(last)s AND coalesce(deleted_at <@ %(windows)s::tsmultirange, true))
        OR id = ANY(%(ids)s::bigint [])
        OR (%(undated)s AND created_at IS NULL AND updated_at IS NULL AND closed_at IS NULL)
        OR (%(undated)s AND (
            created_at < '1970-01-01' OR created_at >= %(latest)s
            OR updated_at < '1970-01-01' OR updated_at >= %(latest)s
            OR closed_at < '1970-01-01' OR closed_at >= %(latest)s
            OR deleted_at < '1970-01-01' OR deleted_at >= %(latest)s
        ))
        OR (%(uncounted)s AND created_at IS NULL)
) AS present;
