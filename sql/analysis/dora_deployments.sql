-- Why each production deployment counts, or does not.
SELECT
    deployed_at,
    repository,
    deployment_status,
    issue_number,
    issue_title,
    is_success,
    is_failure,
    is_rework,
    incidents,
    recovery_hours,
    why
FROM v_dora_deployment
WHERE day BETWEEN %(first_day)s AND %(last_day)s AND (%(repository)s = '(all)' OR repository = %(repository)s)
ORDER BY deployed_at DESC
LIMIT %(limit)s;
