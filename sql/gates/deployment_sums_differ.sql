-- One row when the deployments that ended, or their costs, are not those of the batch; what a later run has written since is
-- left out. A row that has ended more than once says what it cost on its last end.
SELECT
    count(*) AS wanted_rows,
    count(loaded.deployment_id) AS loaded_rows,
    sum(wanted.infrastructure_cost_usd) AS wanted_cost,
    sum(loaded.infrastructure_cost_usd) AS loaded_cost
FROM {stg_deployment_pipelines} AS wanted
INNER JOIN LATERAL (
    SELECT ops.day_key(seen.deployed_at, %(business_timezone)s) AS time_key
    FROM staging.deployment_end AS seen
    WHERE seen.deployment_id = wanted.id
    ORDER BY seen.end_number DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN fact_deployment AS loaded
    ON
        loaded.deployment_id = wanted.id
        AND loaded.later_ends = 0
        AND loaded.time_key = latest.time_key
        AND loaded.time_key BETWEEN %(first_day)s AND %(last_day)s
WHERE
    latest.time_key BETWEEN %(first_day)s AND %(last_day)s
    AND coalesce(loaded.run_number <= %(run_number)s, true)
    AND latest.time_key / 100 <> ALL(ops.frozen_months('fact_deployment'))
HAVING
    (count(*), sum(wanted.infrastructure_cost_usd))
    IS DISTINCT FROM (count(loaded.deployment_id), sum(loaded.infrastructure_cost_usd));
