-- Issues that have the priority now and that the agent has worked on; '(all)' asks for any.
SELECT issue.issue_id
FROM dim_issue AS issue
WHERE
    issue.is_current
    AND (%(priority)s = '(all)' OR coalesce(issue.priority, '(unknown)') = %(priority)s)
    AND (
        %(agent)s = '(all)'
        OR issue.issue_id IN (
            SELECT execution.issue_id
            FROM fact_agent_execution AS execution
            INNER JOIN dim_agent AS agent ON execution.agent_key = agent.agent_key
            WHERE agent.agent_name = %(agent)s
        )
    )
ORDER BY issue.issue_id;
