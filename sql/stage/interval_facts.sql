-- What the facts say of the interval's business days.
SELECT
    fact.process_date AS day,
    count(*) AS issues,
    count(fact.lead_time_hours) AS closed,
    count(*) FILTER (WHERE fact.deployment_success) AS deployed,
    sum(fact.lines_of_code_generated) AS lines,
    sum(fact.ai_cost_usd) AS ai_cost_usd
FROM fact_issue_processing AS fact
WHERE
    fact.time_key >= ops.day_key(%(interval_start)s, %(business_timezone)s)
    AND fact.time_key <= ops.day_key(%(interval_end)s - interval '1 microsecond', %(business_timezone)s)
GROUP BY fact.process_date
ORDER BY fact.process_date;
