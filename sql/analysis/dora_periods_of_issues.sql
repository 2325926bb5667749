-- The same periods from the events of chosen issues alone; with all issues it says what mart_dora says. Recovery is a
-- property of a repository's sequence of deployments and has no meaning for a part of it.
WITH period AS (
    SELECT
        period_start,
        period_end,
        completeness,
        loaded_days,
        quarantined_deployments,
        quarantined_incidents
    FROM mart_dora
    WHERE
        period_kind = %(period)s AND repository = %(repository)s
        AND period_end >= %(first_day)s AND period_start <= %(last_day)s
),

deployment AS (
    SELECT
        date_trunc(%(period)s, done.day::timestamp)::date AS period_start,
        done.day,
        done.is_success,
        done.is_failure,
        done.is_rework
    FROM v_dora_deployment AS done
    WHERE
        done.issue_id = ANY(%(issues)s)
        AND (%(repository)s = '(all)' OR done.repository = %(repository)s)
),

change AS (
    SELECT
        date_trunc(%(period)s, made.deployment_day::timestamp)::date AS period_start,
        made.lead_time_hours::double precision AS hours
    FROM v_dora_lead_time AS made
    WHERE
        made.outcome = 'counted'
        AND made.issue_id = ANY(%(issues)s)
        AND (%(repository)s = '(all)' OR made.repository = %(repository)s)
),

deployed AS (
    SELECT
        period_start,
        count(*) FILTER (WHERE is_success) AS deployments,
        count(DISTINCT day) FILTER (WHERE is_success) AS deployment_days,
        count(*) FILTER (WHERE is_failure) AS failed_deployments,
        count(*) FILTER (WHERE is_rework) AS rework_deployments
    FROM deployment
    GROUP BY period_start
),

changed AS (
    SELECT
        period_start,
        count(*) AS lead_time_commits,
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY hours))::numeric, 6) AS lead_time_median_hours,
        round((percentile_cont(0.9) WITHIN GROUP (ORDER BY hours))::numeric, 6) AS lead_time_p90_hours
    FROM change
    GROUP BY period_start
)

SELECT
    period.period_start,
    period.completeness,
    period.loaded_days,
    period.quarantined_deployments,
    period.quarantined_incidents,
    coalesce(deployed.deployments, known.nothing) AS deployments,
    coalesce(deployed.deployment_days, known.nothing) AS deployment_days,
    round(coalesce(deployed.deployments, known.nothing)::numeric / (period.period_end - period.period_start + 1), 6)
        AS deployment_frequency_per_day,
    changed.lead_time_median_hours,
    changed.lead_time_p90_hours,
    coalesce(changed.lead_time_commits, known.nothing) AS lead_time_commits,
    round(
        deployed.failed_deployments::numeric / nullif(deployed.deployments + deployed.failed_deployments, 0), 6
    ) AS change_failure_rate_by_status,
    coalesce(deployed.failed_deployments, known.nothing) AS failed_deployments,
    NULL::numeric AS recovery_by_status_median_hours,
    round(deployed.rework_deployments::numeric / nullif(deployed.deployments, 0), 6) AS rework_rate,
    coalesce(deployed.rework_deployments, known.nothing) AS rework_deployments
FROM period
CROSS JOIN LATERAL (SELECT CASE WHEN period.completeness <> 'not loaded' THEN 0 END AS nothing) AS known
LEFT JOIN deployed ON period.period_start = deployed.period_start
LEFT JOIN changed ON period.period_start = changed.period_start
WHERE
    EXISTS (
        SELECT 1
        FROM period AS eventful
        WHERE
            eventful.period_start IN (SELECT deployed.period_start FROM deployed)
            OR eventful.period_start IN (SELECT changed.period_start FROM changed)
    )
ORDER BY period.period_start;
