-- Labels of issues over time.
-- Read: a moment of the row in a window, an id asked for, no moment at all, or one that no calendar holds (before 1970, or
-- later than tomorrow). The windows lie between first and last; windows is null unless they are several.
SELECT
    id::bigint AS id,
    issue_id::bigint AS issue_id,
    label_name::text AS label_name,
    applied_at::timestamp AS applied_at,
    removed_at::timestamp AS removed_at,
    hash_record_extended(ROW(id, issue_id, label_name, applied_at, removed_at), 0) AS row_hash,
    applied_at::timestamp AS event_at
FROM label_history
WHERE
    (applied_at >= %(first)s AND applied_at < %(last)s AND coalesce(applied_at <@ %(windows)s::tsmultirange, true))
    OR (removed_at >= %(first)s AND removed_at < %(last)s AND coalesce(removed_at <@ %(windows)s::tsmultirange, true))
    OR id = ANY(%(ids)s::bigint [])
    OR (%(undated)s AND applied_at IS NULL AND removed_at IS NULL)
    OR (%(undated)s AND (
        applied_at < '1970-01-01' OR applied_at >= %(latest)s
        OR removed_at < '1970-01-01' OR removed_at >= %(latest)s
    ))
    OR (%(uncounted)s AND applied_at IS NULL);
