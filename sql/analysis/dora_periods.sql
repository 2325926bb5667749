-- The periods of one kind and repository that touch a span of days, as published.
SELECT
    period_start,
    completeness,
    loaded_days,
    quarantined_deployments,
    quarantined_incidents,
    deployments,
    deployment_days,
    deployment_frequency_per_day,
    lead_time_median_hours,
    lead_time_p90_hours,
    lead_time_commits,
    change_failure_rate_by_status,
    failed_deployments,
    recovery_by_status_median_hours,
    rework_rate,
    rework_deployments
FROM mart_dora
WHERE
    period_kind = %(period)s AND repository = %(repository)s
    AND period_end >= %(first_day)s AND period_start <= %(last_day)s
ORDER BY period_start;
