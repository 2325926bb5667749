-- Each count of mart_dora beside the same count of the rows that explain it; returns what differs.
WITH reason (repository, day, counted) AS (
    SELECT repository, day, 'deployments' FROM v_dora_deployment WHERE is_success
    UNION ALL
    SELECT repository, day, 'failed_deployments' FROM v_dora_deployment WHERE is_failure
    UNION ALL
    SELECT repository, day, 'partial_deployments' FROM v_dora_deployment WHERE NOT is_success AND NOT is_failure
    UNION ALL
    SELECT repository, day, 'deployments_with_incident' FROM v_dora_deployment WHERE incidents > 0
    UNION ALL
    SELECT repository, day, 'rework_deployments' FROM v_dora_deployment WHERE is_rework
    UNION ALL
    SELECT repository, day, 'recovered_failures' FROM v_dora_deployment WHERE recovery_hours IS NOT NULL
    UNION ALL
    SELECT repository, day, 'open_failures' FROM v_dora_deployment WHERE is_open_failure
    UNION ALL
    SELECT done.repository, done.day, 'incidents'
    FROM v_dora_deployment AS done CROSS JOIN generate_series(1, done.incidents)
    UNION ALL
    SELECT repository, deployment_day, 'open_incidents' FROM v_dora_incident WHERE deployment_id IS NOT NULL AND closed_at IS NULL
    UNION ALL
    SELECT repository, deployment_day, 'recovered_incidents' FROM v_dora_incident WHERE recovery_hours IS NOT NULL
    UNION ALL
    SELECT repository, closed_day, 'restored_incidents' FROM v_dora_incident WHERE time_to_restore_hours IS NOT NULL
    UNION ALL
    SELECT repository, created_day, 'incidents_created' FROM v_dora_incident
    UNION ALL
    SELECT repository, created_day, 'incidents_unattributed' FROM v_dora_incident WHERE deployment_id IS NULL
    UNION ALL
    SELECT repository, deployment_day, 'lead_time_commits' FROM v_dora_lead_time WHERE outcome = 'counted'
    UNION ALL
    SELECT repository, committed_day, 'lead_time_excluded_negative' FROM v_dora_lead_time WHERE outcome = 'negative'
    UNION ALL
    SELECT repository, committed_day, 'commits_not_deployed' FROM v_dora_lead_time WHERE outcome = 'not deployed'
    UNION ALL
    SELECT repository, committed_day, 'ignored_author_commits' FROM v_dora_lead_time WHERE outcome = 'ignored author'
    UNION ALL
    SELECT repository, committed_day, 'commits' FROM v_dora_lead_time
    UNION ALL
    SELECT repository, deployment_day, 'lead_time_changes' FROM v_dora_change WHERE lead_time_hours IS NOT NULL
),

explained AS (
    SELECT
        kind.name AS period_kind,
        date_trunc(kind.name, reason.day::timestamp)::date AS period_start,
        COALESCE(reason.repository, '(all)') AS repository,
        reason.counted,
        count(*) AS n
    FROM reason
    CROSS JOIN (VALUES ('day'), ('week'), ('month')) AS kind (name)
    GROUP BY GROUPING SETS ((1, 2, reason.repository, reason.counted), (1, 2, reason.counted))
),

stated AS (
    SELECT
        mart.period_kind,
        mart.period_start,
        mart.repository,
        counted.name AS counted,
        counted.value::bigint AS n
    FROM mart_dora AS mart
    CROSS JOIN LATERAL jsonb_each_text(to_jsonb(mart)) AS counted (name, value)
    WHERE counted.name IN (SELECT reason.counted FROM reason) AND counted.value <> '0'
)

SELECT *
FROM explained
FULL JOIN stated USING (period_kind, period_start, repository, counted)
WHERE explained.n IS DISTINCT FROM stated.n
