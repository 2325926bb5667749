-- The indexes that the platform's own screens need; built after a bulk load, when that is cheaper.
CREATE INDEX issues_created_at ON issues (created_at);
CREATE INDEX issues_updated_at ON issues (updated_at);
CREATE INDEX issues_closed_at ON issues (closed_at);
CREATE INDEX agent_execution_logs_issue_id ON agent_execution_logs (issue_id);
CREATE INDEX agent_execution_logs_started_at ON agent_execution_logs (started_at);
CREATE INDEX agent_execution_logs_completed_at ON agent_execution_logs (completed_at);
CREATE INDEX code_gen_tasks_updated_at ON code_gen_tasks (updated_at);
CREATE INDEX review_results_created_at ON review_results (created_at);
CREATE INDEX deployment_pipelines_deployed_at ON deployment_pipelines (deployed_at);
CREATE INDEX deployment_pipelines_created_at ON deployment_pipelines (created_at);
CREATE INDEX commits_issue_id ON commits (issue_id);
CREATE INDEX commits_committed_at ON commits (committed_at);
CREATE INDEX label_history_issue_id ON label_history (issue_id);
CREATE INDEX label_history_applied_at ON label_history (applied_at);
CREATE INDEX label_history_removed_at ON label_history (removed_at);
CREATE INDEX worktree_states_created_at ON worktree_states (created_at);
CREATE INDEX worktree_states_cleaned_up_at ON worktree_states (cleaned_up_at);
