-- First and last day on which the facts or the monthly marts, which outlive archived facts, hold anything.
SELECT
    least(fact.first_day, mart.first_month) AS first_day,
    coalesce(fact.last_day, mart.last_month) AS last_day
FROM (
    SELECT
        min(full_date) AS first_day,
        max(full_date) AS last_day
    FROM dim_time
    WHERE
        time_key IN (
            (SELECT min(time_key) FROM fact_issue_processing), (SELECT max(time_key) FROM fact_issue_processing),
            (SELECT min(time_key) FROM fact_agent_execution), (SELECT max(time_key) FROM fact_agent_execution),
            (SELECT min(time_key) FROM fact_deployment), (SELECT max(time_key) FROM fact_deployment)
        )
) AS fact
CROSS JOIN (
    SELECT
        min(make_date(year, month, 1)) AS first_month,
        max(make_date(year, month, 1)) AS last_month
    FROM mart_agent_performance
) AS mart;
