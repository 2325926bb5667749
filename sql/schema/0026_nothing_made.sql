-- What a load does not make, because nothing asks for it, is found empty like a source table that its pipeline does not read:
-- an unchanged day makes a third fewer tables.
CREATE TABLE unread.raw_issues (id bigint);
CREATE TABLE unread.wanted_issue (issue_id bigint, action text);
CREATE TABLE unread.new_version (issue_id bigint, issue_key bigint, from_key integer);
CREATE TABLE unread.new_fact_code_generation (code_generation_id bigint, time_key integer);
CREATE TABLE unread.new_fact_deployment (deployment_id bigint, time_key integer);
CREATE TABLE unread.new_fact_code_change (commit_sha text, time_key integer);
CREATE TABLE unread.new_fact_issue_processing (issue_id bigint, time_key integer);

COMMENT ON SCHEMA unread IS
'Empty batches, which stand for source tables that a pipeline does not read and for tables that a load had no need to make.';
