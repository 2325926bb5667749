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

-- name: lead_time_months
-- Median lead time of each month of a repository, as far back as it is known.
SELECT
    period_start AS month,
    lead_time_median_hours
FROM mart_dora
WHERE period_kind = 'month' AND repository = %(repository)s AND period_start <= %(last_day)s
ORDER BY period_start;

-- name: models
-- '(all)' first, then each model that has run.
SELECT named.name
FROM (SELECT DISTINCT ai_model AS name FROM mart_agent_performance UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: prices
-- List prices in force on a day.
SELECT
    llm_provider || '/' || llm_model AS name,
    input_usd_per_million_tokens AS input_usd,
    output_usd_per_million_tokens AS output_usd,
    valid_from,
    source_note
FROM model_price
WHERE valid_from <= %(last_day)s AND (valid_to IS NULL OR valid_to > %(last_day)s)
ORDER BY llm_provider, llm_model;

-- name: priorities
-- '(all)' first, then each priority that an issue has now.
SELECT named.name
FROM (
    SELECT DISTINCT coalesce(priority, '(unknown)') AS name
    FROM dim_issue
    WHERE is_current AND issue_key <> -1
    UNION ALL
    SELECT '(all)'
) AS named
ORDER BY named.name <> '(all)', named.name;

-- name: repositories
-- '(all)' first, then each repository.
SELECT named.name
FROM (SELECT DISTINCT coalesce(repository, '(unknown)') AS name FROM mart_dora UNION SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: run_before
-- The run of the same pipeline before this one that did any work.
SELECT earlier.run_id
FROM ops.run AS later
INNER JOIN ops.run AS earlier ON later.pipeline = earlier.pipeline AND later.run_number > earlier.run_number
WHERE later.run_id = %(run_id)s AND earlier.state NOT IN ('skipped', 'queued')
ORDER BY earlier.run_number DESC
LIMIT 1;

-- name: suites
-- '(all)' first, then each suite that was ever run.
SELECT named.name
FROM (SELECT DISTINCT suite AS name FROM ops.check_result UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;
