-- What was not filled in bulk, with its keys.
DROP TABLE IF EXISTS remaining_fact_agent_execution;
CREATE UNLOGGED TABLE remaining_fact_agent_execution AS
SELECT fact.*
FROM new_fact_agent_execution AS fact
WHERE %(is_left)s AND fact.time_key / 100 <> ALL(%(filled_months)s::integer []);
ANALYZE remaining_fact_agent_execution (execution_id, time_key, issue_id);
