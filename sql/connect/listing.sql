-- name: has_landed
SELECT to_regclass('landing.cursor') IS NOT NULL AS has_landed;

-- name: has_registry
SELECT to_regclass('ops.sync_failure') IS NOT NULL AS has_registry;

-- name: landed
-- What the source holds of each connection.
SELECT
    kept.connection,
    kept.kind,
    kept.origin,
    kept.synced_at,
    (SELECT count(*) FROM landing.issue AS held WHERE held.connection = kept.connection AND held.gone_at IS NULL)
    + (SELECT count(*) FROM landing.label AS held WHERE held.connection = kept.connection AND held.gone_at IS NULL)
    + (SELECT count(*) FROM landing.commit AS held WHERE held.connection = kept.connection AND held.gone_at IS NULL)
    + (SELECT count(*) FROM landing.pull_request AS held WHERE held.connection = kept.connection AND held.gone_at IS NULL)
    + (SELECT count(*) FROM landing.review AS held WHERE held.connection = kept.connection AND held.gone_at IS NULL)
    + (SELECT count(*) FROM landing.deployment AS held WHERE held.connection = kept.connection AND held.gone_at IS NULL)
    + (SELECT count(*) FROM landing.answer AS held WHERE held.connection = kept.connection AND held.gone_at IS NULL)
        AS rows,
    (SELECT count(*) FROM landing.quarantine AS held WHERE held.connection = kept.connection) AS quarantined
FROM landing.cursor AS kept
ORDER BY kept.connection;

-- name: latest_failures
-- Of the latest sync of each connection, or of all of them.
SELECT
    failure.connection,
    failure.reason
FROM ops.sync_failure AS failure
WHERE
    failure.run_id = (
        SELECT sync.run_id
        FROM ops.run AS sync
        WHERE
            sync.pipeline = 'sync_connections'
            AND sync.finished_at IS NOT NULL
            AND coalesce(sync.parameters ->> 'connection', '') IN ('', failure.connection)
        ORDER BY sync.run_number DESC
        LIMIT 1
    )
ORDER BY failure.connection;

-- name: failures
SELECT
    failure.connection,
    failure.reason
FROM ops.sync_failure AS failure
WHERE failure.run_id = %(run_id)s
ORDER BY failure.connection;

-- name: results
SELECT
    result.connection,
    result.record,
    result.read,
    result.inserted,
    result.updated,
    result.unchanged,
    result.deleted,
    result.quarantined
FROM ops.sync_result AS result
WHERE result.run_id = %(run_id)s
ORDER BY result.connection = '(source)', result.connection, result.record;

-- name: links
SELECT
    link.what,
    link.is_linked,
    link.reason,
    link.rows,
    link.examples
FROM ops.link_coverage AS link
WHERE link.run_id = %(run_id)s
ORDER BY link.what, link.is_linked DESC, link.rows DESC, link.reason;
