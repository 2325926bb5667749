-- Commits that the deployments of chosen periods carried first, the longest under way first.
SELECT
    made.lead_time_hours,
    made.committed_at,
    made.deployed_at,
    made.repository,
    made.commit_sha,
    issue.issue_number,
    issue.title AS issue_title,
    issue.priority,
    made.why,
    made.deployment_id
FROM v_dora_lead_time AS made
LEFT JOIN dim_issue AS issue ON made.issue_id = issue.issue_id AND issue.is_current
WHERE
    date_trunc(%(period)s, made.deployment_day::timestamp)::date = ANY(%(periods)s::date [])
    AND made.outcome = 'counted'
    AND (%(repository)s = '(all)' OR made.repository = %(repository)s)
    AND (%(issues)s::bigint [] IS NULL OR made.issue_id = ANY(%(issues)s))
ORDER BY made.lead_time_hours DESC, made.commit_sha
LIMIT %(limit)s;
