-- When the source's data begin.
SELECT min(moment.first) AS first_moment
FROM (
    SELECT min(created_at) AS first FROM issues
    UNION ALL
    SELECT min(completed_at) AS first FROM agent_execution_logs
    UNION ALL
    SELECT min(committed_at) AS first FROM commits
) AS moment;
