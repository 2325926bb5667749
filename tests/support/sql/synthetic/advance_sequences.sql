SELECT
    setval('issues_id_seq', greatest((SELECT max(id) FROM issues), 1), (SELECT count(*) > 0 FROM issues)),
    setval(
        'agent_execution_logs_id_seq',
        greatest((SELECT max(id) FROM agent_execution_logs), 1),
        (SELECT max(id) IS NOT NULL FROM agent_execution_logs)
    )
