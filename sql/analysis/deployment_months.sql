-- Deployments that reached an end and what they cost, by month, environment, resource and repository.
SELECT
    ops.first_day_of(fact.time_key / 100) AS month,
    coalesce(fact.environment, '(unknown)') AS environment,
    coalesce(resource.resource_name, resource.resource_id, '(unknown)') AS resource,
    coalesce(resource.instance_type, '(unknown)') AS instance_type,
    coalesce(fact.repository, '(unknown)') AS repository,
    count(*) AS deployments,
    count(*) FILTER (WHERE fact.deployment_status = 'SUCCESS') AS successes,
    count(fact.total_cost_usd) AS deployments_with_cost,
    sum(fact.total_cost_usd) AS cost_usd,
    round(sum(fact.deployment_duration_seconds) / 3600, 3) AS hours,
    count(fact.deployment_duration_seconds) AS deployments_with_duration
FROM fact_deployment AS fact
LEFT JOIN dim_infrastructure AS resource ON fact.infrastructure_key = resource.infrastructure_key
WHERE
    fact.time_key BETWEEN to_char(%(first_day)s::date, 'YYYYMMDD')::integer AND to_char(%(last_day)s::date, 'YYYYMMDD')::integer
    AND (%(environment)s = '(all)' OR coalesce(fact.environment, '(unknown)') = %(environment)s)
    AND (%(repository)s = '(all)' OR coalesce(fact.repository, '(unknown)') = %(repository)s)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5;
