-- Single deployments, the dearest first.
SELECT
    fact.deployed_at,
    coalesce(fact.environment, '(unknown)') AS environment,
    coalesce(fact.repository, '(unknown)') AS repository,
    fact.deployment_status AS status,
    fact.total_cost_usd AS cost_usd,
    fact.deployment_duration_seconds AS duration_s,
    issue.issue_number,
    issue.title AS issue_title,
    fact.deployment_id
FROM fact_deployment AS fact
LEFT JOIN dim_issue AS issue ON fact.issue_key = issue.issue_key
WHERE
    fact.time_key BETWEEN to_char(%(first_day)s::date, 'YYYYMMDD')::integer AND to_char(%(last_day)s::date, 'YYYYMMDD')::integer
    AND (%(environment)s = '(all)' OR coalesce(fact.environment, '(unknown)') = %(environment)s)
    AND (%(repository)s = '(all)' OR coalesce(fact.repository, '(unknown)') = %(repository)s)
ORDER BY fact.total_cost_usd DESC NULLS LAST, fact.deployed_at DESC
LIMIT %(limit)s;
