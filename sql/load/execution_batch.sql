-- What was not filled in bulk, with its keys.
CREATE VIEW remaining_fact_agent_execution AS
SELECT fact.*
FROM new_fact_agent_execution AS fact
WHERE %(is_left)s AND fact.time_key / 100 <> ALL(%(filled_months)s::integer []);
