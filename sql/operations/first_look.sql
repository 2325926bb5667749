-- name: last_moment
-- The last moment at which anything happened, in the source's own naive time.
SELECT
    greatest(
        (SELECT max(completed_at) FROM agent_execution_logs WHERE completed_at BETWEEN '2000-01-01' AND %(now)s),
        (SELECT max(deployed_at) FROM deployment_pipelines WHERE deployed_at BETWEEN '2000-01-01' AND %(now)s),
        (SELECT max(committed_at) FROM commits WHERE committed_at BETWEEN '2000-01-01' AND %(now)s),
        (SELECT max(created_at) FROM issues WHERE created_at BETWEEN '2000-01-01' AND %(now)s),
        (SELECT max(closed_at) FROM issues WHERE closed_at BETWEEN '2000-01-01' AND %(now)s)
    )::timestamp AS last_moment;

-- name: is_changed
-- Whether a sync has changed any row of the source's tables.
SELECT coalesce(bool_or(result.inserted + result.updated + result.deleted > 0), false) AS is_changed
FROM ops.sync_result AS result
WHERE result.run_id = %(run_id)s AND result.connection = '(source)';

-- name: since_news
-- The archived successes of a pipeline over an interval, or at a moment, since a sync last changed the source; latest first.
SELECT run.archive_path
FROM ops.run AS run
WHERE
    run.pipeline = %(pipeline)s
    AND run.state = 'succeeded'
    AND run.archive_path IS NOT NULL
    AND (%(as_of)s::timestamptz IS NULL OR run.as_of = %(as_of)s)
    AND (%(interval_start)s::timestamptz IS NULL OR run.interval_start = %(interval_start)s)
    AND (%(interval_end)s::timestamptz IS NULL OR run.interval_end = %(interval_end)s)
    AND run.run_number > (
        SELECT coalesce(max(news.run_number), 0)
        FROM ops.run AS news
        INNER JOIN ops.sync_result AS result ON news.run_id = result.run_id
        WHERE result.connection = '(source)' AND result.inserted + result.updated + result.deleted > 0
    )
ORDER BY run.run_number DESC;
