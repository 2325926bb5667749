-- name: reasons
-- How rows were linked and why some were not, each with the latest of them as examples. Commits of a release that name no
-- issue count as such: the issue that stands for them is made up.
WITH told AS (
    SELECT
        1 AS place,
        'commits with an issue' AS what,
        coalesce(made.x_unlinked, made.x_link) AS reason,
        made.x_unlinked IS NULL AS is_linked,
        concat_ws(' ', made.repository, left(made.commit_sha, 12)) AS example,
        made.committed_at AS moment
    FROM commits AS made
    UNION ALL
    SELECT
        2,
        'executions with an issue',
        coalesce(done.x_unlinked, done.x_link),
        done.x_unlinked IS NULL,
        concat_ws(' ', coalesce(done.repository, done.x_folder), done.branch, done.session_id),
        done.started_at
    FROM agent_execution_logs AS done
    UNION ALL
    SELECT
        3,
        'executions with a repository',
        coalesce(
            done.x_repository_link,
            CASE WHEN done.repository IS NULL THEN 'no repository known for the folder' ELSE 'repository is not connected' END
        ),
        done.x_repository_link IS NOT NULL,
        concat_ws(' ', coalesce(done.repository, done.x_folder), done.session_id),
        done.started_at
    FROM agent_execution_logs AS done
    UNION ALL
    SELECT
        4,
        'deployments with commits',
        coalesce(min(part.x_link), min(part.x_unlinked)),
        min(part.x_link) IS NOT NULL,
        concat_ws(' ', part.repository, part.environment, part.release_id),
        max(part.created_at)
    FROM deployment_pipelines AS part
    GROUP BY part.repository, part.environment, part.release_id
)

SELECT
    told.what,
    told.reason,
    told.is_linked,
    count(*) AS rows,
    (array_agg(told.example ORDER BY told.moment DESC NULLS LAST, told.example))[1:3] AS examples
FROM told
GROUP BY told.place, told.what, told.reason, told.is_linked
ORDER BY told.place, told.is_linked DESC, count(*) DESC, told.reason;
