-- No issue was touched: the facts of issues stay as they are, and the gate, which looks rows up by these keys, finds none of
-- this run in them.
-- What is small, here and elsewhere, is no unlogged table: to make one of these flushes its empty copy to disk.
DROP TABLE IF EXISTS new_fact_code_generation, new_fact_deployment, new_fact_code_change, new_fact_issue_processing;
CREATE TABLE new_fact_code_generation (code_generation_id bigint, time_key integer);
CREATE TABLE new_fact_deployment (deployment_id bigint, time_key integer);
CREATE TABLE new_fact_code_change (commit_sha text, time_key integer);
CREATE TABLE new_fact_issue_processing (issue_id bigint, time_key integer);
