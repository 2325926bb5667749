SELECT
    coalesce((SELECT max(id) FROM issues), 0) AS issues,
    coalesce((SELECT max(id) FROM agent_execution_logs), 0) AS executions,
    (SELECT min(created_at) FROM issues) AS first_issue,
    (SELECT max(created_at) FROM issues) AS last_issue
