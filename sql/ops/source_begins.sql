-- The source's first event. Each minimum is read from an index.
SELECT least(
    (SELECT min(created_at) FROM issues),
    (SELECT min(started_at) FROM agent_execution_logs),
    (SELECT min(completed_at) FROM agent_execution_logs),
    (SELECT min(committed_at) FROM commits)
)::timestamp AS begins_at
