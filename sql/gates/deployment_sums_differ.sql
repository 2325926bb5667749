-- One row when the deployments that ended, or their costs, are not those of the batch; what a later run has written since is
-- left out.
SELECT
    count(*) AS wanted_rows,
    count(loaded.deployment_id) AS loaded_rows,
    sum(wanted.infrastructure_cost_usd) AS wanted_cost,
    sum(loaded.infrastructure_cost_usd) AS loaded_cost
FROM {stg_deployment_pipelines} AS wanted
LEFT JOIN fact_deployment AS loaded
    ON
        loaded.deployment_id = wanted.id
        AND loaded.time_key = ops.day_key(wanted.deployed_at, %(business_timezone)s)
        AND loaded.time_key BETWEEN %(first_day)s AND %(last_day)s
WHERE
    wanted.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL')
    AND coalesce(loaded.run_number <= %(run_number)s, true)
    AND ops.day_key(wanted.deployed_at, %(business_timezone)s) / 100 <> ALL(ops.frozen_months('fact_deployment'))
HAVING
    (count(*), sum(wanted.infrastructure_cost_usd))
    IS DISTINCT FROM (count(loaded.deployment_id), sum(loaded.infrastructure_cost_usd));
