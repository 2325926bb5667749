-- name: count_day
SELECT count(*) AS rows FROM fact_issue_processing WHERE process_date = %(day)s;

-- name: last_moment
-- The last moment at which something happened to an issue, in the source's own naive time.
SELECT
    greatest(
        (SELECT max(completed_at) FROM agent_execution_logs WHERE issue_id IS NOT NULL),
        (SELECT max(updated_at) FROM code_gen_tasks WHERE issue_id IS NOT NULL),
        (SELECT max(created_at) FROM review_results),
        (SELECT max(deployed_at) FROM deployment_pipelines),
        (SELECT max(committed_at) FROM commits WHERE issue_id IS NOT NULL),
        (SELECT max(closed_at) FROM issues)
    ) AS last_moment;

-- name: run_at
-- The archived success of a pipeline that the demonstration ran for this moment.
SELECT archive_path
FROM ops.run
WHERE
    pipeline = %(pipeline)s AND as_of = %(as_of)s AND trigger = 'demo' AND state = 'succeeded' AND archive_path IS NOT NULL
ORDER BY run_number DESC
LIMIT 1;
