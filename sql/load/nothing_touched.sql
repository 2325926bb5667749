-- No issue was touched: the facts of issues stay as they are, and the gate finds no row of this run in them.
-- What is small, here and elsewhere, is no unlogged table: to make one of these flushes its empty copy to disk.
DROP TABLE IF EXISTS new_fact_code_generation, new_fact_deployment, new_fact_code_change, new_fact_issue_processing;
CREATE TABLE new_fact_code_generation (LIKE fact_code_generation);
CREATE TABLE new_fact_deployment (LIKE fact_deployment);
CREATE TABLE new_fact_code_change (LIKE fact_code_change);
CREATE TABLE new_fact_issue_processing (LIKE fact_issue_processing);
