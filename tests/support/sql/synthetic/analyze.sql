ANALYZE issues, agent_execution_logs, code_gen_tasks, review_results, deployment_pipelines, commits, label_history, worktree_states
