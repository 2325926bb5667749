-- Production deployments of chosen periods, and which of them a metric counts, with the reason.
SELECT
    CASE
        WHEN %(metric)s IN ('deployment_frequency', 'lead_time') THEN done.is_success
        WHEN %(metric)s = 'change_failure_rate' THEN done.is_success OR done.is_failure
        WHEN %(metric)s = 'recovery' THEN done.starts_failure_run
        ELSE done.incidents > 0
    END AS counts,
    done.deployed_at,
    done.repository,
    done.deployment_status AS status,
    done.issue_number,
    done.issue_title,
    issue.priority,
    done.incidents,
    done.recovery_hours,
    done.why,
    done.deployment_id
FROM v_dora_deployment AS done
LEFT JOIN dim_issue AS issue ON done.issue_id = issue.issue_id AND issue.is_current
WHERE
    date_trunc(%(period)s, done.day::timestamp)::date = ANY(%(periods)s::date [])
    AND (%(repository)s = '(all)' OR done.repository = %(repository)s)
    AND (%(issues)s::bigint [] IS NULL OR done.issue_id = ANY(%(issues)s))
ORDER BY counts DESC, done.deployed_at DESC, done.deployment_id
LIMIT %(limit)s;
