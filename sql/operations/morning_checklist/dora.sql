-- The last week and the last month that are over, all repositories together, and how far they were loaded.
SELECT
    period_kind,
    period_start,
    completeness,
    loaded_days,
    deployments,
    deployment_frequency_per_day,
    lead_time_median_hours,
    change_failure_rate_by_status,
    recovery_by_status_median_hours,
    rework_rate,
    quarantined_deployments,
    quarantined_incidents
FROM mart_dora
WHERE
    repository = '(all)'
    AND (
        (
            period_kind = 'week'
            AND period_start = date_trunc('week', (%(as_of)s AT TIME ZONE %(business_timezone)s))::date - 7
        )
        OR (
            period_kind = 'month'
            AND period_start
            = (date_trunc('month', (%(as_of)s AT TIME ZONE %(business_timezone)s)) - interval '1 month')::date
        )
    )
ORDER BY period_kind DESC;
