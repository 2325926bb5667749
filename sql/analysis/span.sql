-- First and last day on which the facts hold anything; where the first facts were archived, the first month of their mart.
-- The mart says which two months of executions to look at, so that no other partition is read.
SELECT
    least(worked.first_day, coalesce(began.first_day, ops.first_day_of(mart.first_key))) AS first_day,
    greatest(worked.last_day, ended.last_day) AS last_day
FROM (
    SELECT
        min(process_date) AS first_day,
        max(process_date) AS last_day
    FROM fact_issue_processing
) AS worked
CROSS JOIN (
    SELECT
        min(year * 100 + month) AS first_key,
        max(year * 100 + month) AS last_key
    FROM mart_agent_performance
) AS mart
CROSS JOIN LATERAL (
    SELECT ops.day_of(min(execution.time_key)) AS first_day
    FROM fact_agent_execution AS execution
    WHERE execution.time_key BETWEEN mart.first_key * 100 AND mart.first_key * 100 + 99
) AS began
CROSS JOIN LATERAL (
    SELECT ops.day_of(max(execution.time_key)) AS last_day
    FROM fact_agent_execution AS execution
    WHERE execution.time_key BETWEEN mart.last_key * 100 AND mart.last_key * 100 + 99
) AS ended;
