-- Months of executions that have left the warehouse: they are not read again.
SELECT month.key AS month_key
FROM unnest(ops.frozen_months('fact_agent_execution')) AS month (key)
ORDER BY month.key;
