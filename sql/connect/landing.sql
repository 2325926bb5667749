-- name: begin_sync
INSERT INTO landing.sync DEFAULT VALUES RETURNING number;

-- name: end_sync
-- Whatever earlier syncs left unfinished has been made into the source's tables, too.
UPDATE landing.sync SET conformed_at = now() WHERE conformed_at IS NULL AND number <= %(number)s;

-- name: receive
SELECT landing.receive(%(landing)s, %(columns)s::text []);

-- name: copy
COPY {table} FROM STDIN;

-- name: merge
SELECT
    read,
    inserted,
    updated,
    unchanged,
    deleted
FROM landing.merge(%(landing)s, %(keys)s::text [], %(connection)s, %(sync_number)s, %(listed)s::text []);

-- name: cursor
-- That of another origin that had the name before is not its own.
SELECT (
    SELECT kept.cursor
    FROM landing.cursor AS kept
    WHERE kept.connection = %(connection)s AND kept.kind = %(kind)s AND kept.origin = %(origin)s
) AS cursor;

-- name: keep_cursor
INSERT INTO landing.cursor (connection, kind, origin, cursor, synced_at)
VALUES (%(connection)s, %(kind)s, %(origin)s, %(cursor)s, now())
ON CONFLICT (connection) DO UPDATE SET
    kind = excluded.kind, origin = excluded.origin, cursor = excluded.cursor, synced_at = excluded.synced_at;

-- name: keep_quarantined
INSERT INTO landing.quarantine AS known (connection, what, found_at, reason)
SELECT
    %(connection)s,
    found.what,
    found.found_at,
    found.reason
FROM json_to_recordset(%(found)s) AS found (what text, found_at text, reason text)
ON CONFLICT (connection, what, found_at) DO UPDATE SET reason = excluded.reason, last_seen_at = now();

-- name: let_read
-- The user that reads the source may be another than the one that owns it.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader};

-- name: current_user
SELECT current_user::text AS name;

-- name: is_prepared
-- Whether the schema of the landing tables is the one of this version.
SELECT coalesce(obj_description(to_regnamespace('landing'), 'pg_namespace') = %(version)s, false) AS is_prepared;

-- name: note_version
SELECT landing.note_version(%(version)s);

-- name: foreign_tables
-- Tables of the platform's names in the source that no connection has made.
SELECT relation.relname::text AS name
FROM pg_class AS relation
WHERE
    relation.relnamespace = 'public'::regnamespace
    AND relation.relname = ANY(%(tables)s::text [])
    AND obj_description(relation.oid, 'pg_class') IS DISTINCT FROM %(mark)s
ORDER BY relation.relname;

-- name: is_demonstration
SELECT EXISTS (
    SELECT FROM pg_class AS relation
    WHERE
        relation.relnamespace = 'public'::regnamespace
        AND obj_description(relation.oid, 'pg_class') = %(mark)s
) AS is_demonstration;
