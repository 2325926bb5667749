-- First and last day on which the facts hold anything.
SELECT
    min(full_date) AS first_day,
    max(full_date) AS last_day
FROM dim_time
WHERE
    time_key IN (
        (SELECT min(time_key) FROM fact_issue_processing), (SELECT max(time_key) FROM fact_issue_processing),
        (SELECT min(time_key) FROM fact_agent_execution), (SELECT max(time_key) FROM fact_agent_execution)
    );
