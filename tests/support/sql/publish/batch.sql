-- What the load of a day leaves in its run's schema, by which the checks find the day's rows.
CREATE TABLE stg_label_history AS SELECT label_history_id AS id FROM bridge_issue_label WHERE false;
CREATE TABLE stg_worktree_states AS SELECT worktree_path FROM dim_worktree WHERE false;
CREATE TABLE stg_agent_execution_logs AS
SELECT execution_id AS id, * FROM fact_agent_execution WHERE time_key = %(time_key)s;
CREATE TABLE new_fact_code_generation AS SELECT * FROM fact_code_generation WHERE time_key = %(time_key)s;
CREATE TABLE new_fact_deployment AS SELECT * FROM fact_deployment WHERE time_key = %(time_key)s;
CREATE TABLE new_fact_code_change AS SELECT * FROM fact_code_change WHERE time_key = %(time_key)s;
CREATE TABLE new_fact_issue_processing AS SELECT * FROM fact_issue_processing WHERE time_key = %(time_key)s;
CREATE TABLE touched_issue AS SELECT issue_id FROM new_fact_issue_processing;
CREATE TABLE stg_deployment_pipelines AS SELECT deployment_id AS id, * FROM new_fact_deployment;
CREATE TABLE stg_code_gen_tasks AS SELECT code_generation_id AS id, * FROM new_fact_code_generation;
CREATE TABLE new_fact_change AS SELECT * FROM fact_change WHERE time_key = %(time_key)s;
CREATE TABLE new_fact_pull_request AS SELECT * FROM fact_pull_request WHERE time_key = %(time_key)s;
CREATE TABLE new_bridge_change_commit AS SELECT * FROM bridge_change_commit WHERE time_key = %(time_key)s;
CREATE TABLE new_change_evidence AS SELECT * FROM change_evidence WHERE time_key = %(time_key)s;
