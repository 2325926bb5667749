-- Incidents of chosen periods: by the day that they were closed for time_to_restore, else by the deployment they follow.
SELECT
    filed.issue_number,
    filed.title,
    filed.repository,
    filed.created_at,
    filed.closed_at,
    filed.deployed_at,
    filed.time_to_restore_hours,
    filed.recovery_hours,
    filed.why
FROM v_dora_incident AS filed
WHERE
    date_trunc(
        %(period)s,
        CASE WHEN %(metric)s = 'time_to_restore' THEN filed.closed_day ELSE filed.deployment_day END::timestamp
    )::date = ANY(%(periods)s::date [])
    AND (%(repository)s = '(all)' OR filed.repository = %(repository)s)
    AND (%(issues)s::bigint [] IS NULL OR filed.issue_id = ANY(%(issues)s))
ORDER BY filed.created_at DESC, filed.issue_id
LIMIT %(limit)s;
