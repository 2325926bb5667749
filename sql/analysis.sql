-- name: agents
-- '(all)' first, then each agent that has run.
SELECT named.name
FROM (SELECT DISTINCT agent_name AS name FROM mart_agent_performance UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: check_span
-- First and last day on which anything was checked; null when nothing ever was.
SELECT
    min((checked_at AT TIME ZONE ops.business_zone())::date) AS first_day,
    max((checked_at AT TIME ZONE ops.business_zone())::date) AS last_day
FROM ops.check_result;

-- name: environments
-- '(all)' first, then each environment that was deployed to.
SELECT named.name
FROM (SELECT DISTINCT coalesce(environment, '(unknown)') AS name FROM fact_deployment UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: models
-- '(all)' first, then each model that has run.
SELECT named.name
FROM (SELECT DISTINCT ai_model AS name FROM mart_agent_performance UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: repositories
-- '(all)' first, then each repository.
SELECT named.name
FROM (SELECT DISTINCT coalesce(repository, '(unknown)') AS name FROM mart_dora UNION SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: suites
-- '(all)' first, then each suite that was ever run.
SELECT named.name
FROM (SELECT DISTINCT suite AS name FROM ops.check_result UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;
