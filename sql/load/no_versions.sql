-- No issue is new or changed, though executions on known ones are.
DROP TABLE IF EXISTS wanted_issue, new_version;
CREATE TABLE wanted_issue (issue_id bigint, action text);
CREATE TABLE new_version (issue_id bigint, issue_key bigint, from_key integer);
