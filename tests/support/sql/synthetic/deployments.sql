INSERT INTO deployment_pipelines (
    issue_id, deployment_status, deployment_duration_seconds, infrastructure_cost_usd, environment, deployed_at, created_at
)
WITH begun AS (
    SELECT
        id,
        created_at + pg_temp.wait('3 days', pg_temp.chance(%(seed)s, 51, id)) AS created_at,
        10 + floor(1800 * pg_temp.chance(%(seed)s, 52, id) ^ 2)::integer AS duration_seconds,
        CASE
            WHEN pg_temp.chance(%(seed)s, 53, id) < %(hostile)s THEN 'exploded'
            ELSE pg_temp.pick(
                '{success,success,success,success,success,success,success,success,success,success,success,success,
                  success,success,success,failed,failed,rolled_back,pending,running}',
                pg_temp.chance(%(seed)s, 54, id)
            )
        END AS status
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 50, id) < 0.6
),

ended AS (
    SELECT
        *,
        created_at + duration_seconds * interval '1 second' AS deployed_at
    FROM begun
    WHERE created_at < %(end)s::timestamp
)

SELECT
    id,
    CASE WHEN deployed_at < %(end)s::timestamp THEN status ELSE 'running' END,
    CASE WHEN pg_temp.chance(%(seed)s, 55, id) < 0.95 THEN duration_seconds END,
    CASE WHEN pg_temp.chance(%(seed)s, 56, id) < 0.8 THEN (duration_seconds * 0.0131)::numeric END,
    pg_temp.pick(
        '{production,production,production,production,production,production,production,staging,staging,staging,
          development,development,prod,NULL}',
        pg_temp.chance(%(seed)s, 57, id)
    ),
    CASE
        WHEN
            status NOT IN ('pending', 'running')
            AND deployed_at < %(end)s::timestamp
            AND pg_temp.chance(%(seed)s, 58, id) >= %(hostile)s
            THEN date_trunc('seconds', deployed_at)
    END,
    date_trunc('seconds', created_at)
FROM ended
