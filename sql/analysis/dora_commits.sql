-- Why each commit has the lead time it has, the longest first.
SELECT
    committed_at,
    repository,
    left(commit_sha, 12) AS commit,
    issue_id,
    deployed_at,
    round(lead_time_hours, 1) AS lead_time_hours,
    outcome,
    why
FROM v_dora_lead_time
WHERE
    coalesce(deployment_day, committed_day) BETWEEN %(first_day)s AND %(last_day)s
    AND (%(repository)s = '(all)' OR repository = %(repository)s)
ORDER BY lead_time_hours DESC NULLS LAST, committed_at
LIMIT %(limit)s;
