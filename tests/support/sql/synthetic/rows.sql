SELECT
    (SELECT count(*) FROM issues) AS issues,
    (SELECT count(*) FROM agent_execution_logs) AS agent_execution_logs,
    (SELECT count(*) FROM code_gen_tasks) AS code_gen_tasks,
    (SELECT count(*) FROM review_results) AS review_results,
    (SELECT count(*) FROM deployment_pipelines) AS deployment_pipelines,
    (SELECT count(*) FROM commits) AS commits,
    (SELECT count(*) FROM label_history) AS label_history,
    (SELECT count(*) FROM worktree_states) AS worktree_states
