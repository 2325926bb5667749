-- Rows that a business day has in each fact; whether the day is one on which people work.
SELECT
    d.full_date AS day,
    d.is_business_day,
    d.holiday_name,
    (SELECT count(*) FROM fact_issue_processing AS f WHERE f.time_key = d.time_key) AS issue_rows,
    (SELECT count(*) FROM fact_agent_execution AS f WHERE f.time_key = d.time_key) AS execution_rows,
    (SELECT count(*) FROM fact_code_change AS f WHERE f.time_key = d.time_key) AS commit_rows,
    (SELECT count(*) FROM fact_deployment AS f WHERE f.time_key = d.time_key) AS deployment_rows
FROM dim_time AS d
WHERE d.full_date BETWEEN %(first_day)s AND %(last_day)s
ORDER BY d.full_date;
