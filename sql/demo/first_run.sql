-- name: close_source
-- The reader is let in no more, as after a mistake of the source's administrators.
REVOKE CONNECT ON DATABASE miyabi FROM miyabi_source;

-- name: count_day
SELECT count(*) AS rows FROM fact_issue_processing WHERE process_date = %(day)s;

-- name: done
-- The runs of the demonstration that ended as they should, with the moment that each took for now.
SELECT
    pipeline,
    as_of,
    archive_path
FROM ops.run
WHERE trigger = 'demo' AND state = 'succeeded' AND archive_path IS NOT NULL
ORDER BY run_number;

-- name: has_runs
SELECT EXISTS (SELECT 1 FROM ops.run) AS has_runs;

-- name: open_source
GRANT CONNECT ON DATABASE miyabi TO miyabi_source;
