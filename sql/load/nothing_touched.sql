-- No issue was touched: the facts of issues stay as they are, and the gate finds no row of this run in them.
DROP TABLE IF EXISTS new_fact_code_generation, new_fact_deployment, new_fact_code_change, new_fact_issue_processing;
CREATE UNLOGGED TABLE new_fact_code_generation (LIKE fact_code_generation);
CREATE UNLOGGED TABLE new_fact_deployment (LIKE fact_deployment);
CREATE UNLOGGED TABLE new_fact_code_change (LIKE fact_code_change);
CREATE UNLOGGED TABLE new_fact_issue_processing (LIKE fact_issue_processing);
