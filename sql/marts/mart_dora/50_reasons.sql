-- Why does this row count? Each event behind mart_dora with the period that it counts in, or the reason why it does not.

CREATE OR REPLACE VIEW v_dora_incident AS
SELECT incident.*
FROM ops.mart_state AS state
CROSS JOIN LATERAL dora_incidents(state.open_from * 100) AS incident
WHERE state.mart = 'mart_dora';
COMMENT ON VIEW v_dora_incident IS
'Each incident (an issue whose present type or label is in the setting incident_types), the deployment that it is attributed to, or why to none.';
COMMENT ON COLUMN v_dora_incident.issue_id IS 'Issue''s id in the source.';
COMMENT ON COLUMN v_dora_incident.issue_number IS 'Number by which people know it.';
COMMENT ON COLUMN v_dora_incident.title IS 'Title as it is now.';
COMMENT ON COLUMN v_dora_incident.issue_type IS 'Type as it is now.';
COMMENT ON COLUMN v_dora_incident.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_dora_incident.created_at IS 'When it was filed.';
COMMENT ON COLUMN v_dora_incident.closed_at IS 'When it was closed; null while it is open.';
COMMENT ON COLUMN v_dora_incident.created_day IS 'Business day of created_at; incidents_created and incidents_unattributed count there.';
COMMENT ON COLUMN v_dora_incident.closed_day IS 'Business day of closed_at; time to restore counts there. Null while it is open.';
COMMENT ON COLUMN v_dora_incident.deployment_id IS 'Deployment that it is attributed to; null when to none.';
COMMENT ON COLUMN v_dora_incident.deployed_at IS 'When that was deployed; null when attributed to none.';
COMMENT ON COLUMN v_dora_incident.deployment_time_key IS 'Business day of that deployment, yyyymmdd; null when attributed to none.';
COMMENT ON COLUMN v_dora_incident.deployment_day IS
'Business day of that deployment; incidents, open_incidents and recovery by incident count there, not on the incident''s own day.';
COMMENT ON COLUMN v_dora_incident.time_to_restore_hours IS
'Hours from creation to closing; null while it is open, or when it was closed before it was created.';
COMMENT ON COLUMN v_dora_incident.recovery_hours IS 'Hours from the causing deployment to closing; null while it is open or attributed to none.';
COMMENT ON COLUMN v_dora_incident.why IS 'Why it is attributed, or why not.';

CREATE OR REPLACE VIEW v_dora_lead_time AS
SELECT change.*
FROM ops.mart_state AS state
CROSS JOIN LATERAL dora_lead_times(state.open_from * 100) AS change
WHERE state.mart = 'mart_dora';
COMMENT ON VIEW v_dora_lead_time IS 'Each commit and its lead time, or why it has none.';
COMMENT ON COLUMN v_dora_lead_time.commit_sha IS 'Commit''s hash; each counts once.';
COMMENT ON COLUMN v_dora_lead_time.issue_id IS 'Issue that the commit belongs to; null when the source names none.';
COMMENT ON COLUMN v_dora_lead_time.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_dora_lead_time.time_key IS 'Business day of the commit, yyyymmdd.';
COMMENT ON COLUMN v_dora_lead_time.committed_day IS 'Business day of the commit; commits without a lead time count there.';
COMMENT ON COLUMN v_dora_lead_time.committed_at IS 'When the commit was made.';
COMMENT ON COLUMN v_dora_lead_time.deployment_id IS 'First successful production deployment that carries it; null when none does.';
COMMENT ON COLUMN v_dora_lead_time.deployed_at IS 'When that was; null when none does.';
COMMENT ON COLUMN v_dora_lead_time.deployed_time_key IS 'Business day of that deployment, yyyymmdd; null when none does.';
COMMENT ON COLUMN v_dora_lead_time.deployment_day IS 'Business day of that deployment; the lead time counts there.';
COMMENT ON COLUMN v_dora_lead_time.outcome IS 'counted, negative, not deployed or ignored author.';
COMMENT ON COLUMN v_dora_lead_time.lead_time_hours IS 'Hours from commit to deployment; null unless counted.';
COMMENT ON COLUMN v_dora_lead_time.why IS 'The outcome in words.';

CREATE OR REPLACE VIEW v_dora_change AS
SELECT change.*
FROM ops.mart_state AS state
CROSS JOIN LATERAL dora_changes(state.open_from * 100) AS change
WHERE state.mart = 'mart_dora';
COMMENT ON VIEW v_dora_change IS 'Each issue that was deployed to production with success, and its lead time from first commit to first success.';
COMMENT ON COLUMN v_dora_change.issue_id IS 'Issue''s id in the source.';
COMMENT ON COLUMN v_dora_change.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_dora_change.deployment_id IS 'Its first successful production deployment.';
COMMENT ON COLUMN v_dora_change.time_key IS 'Business day of that deployment, yyyymmdd.';
COMMENT ON COLUMN v_dora_change.deployment_day IS 'Business day of that deployment; the change counts there.';
COMMENT ON COLUMN v_dora_change.deployed_at IS 'When that was.';
COMMENT ON COLUMN v_dora_change.first_committed_at IS 'When its first commit was made; null without a commit.';
COMMENT ON COLUMN v_dora_change.lead_time_hours IS 'Hours between the two; null without a commit or when the first one came after the deployment.';

CREATE OR REPLACE VIEW v_dora_deployment AS
SELECT
    done.deployment_id,
    done.repository,
    done.deployment_status,
    done.deployed_at,
    done.time_key,
    done.day,
    date_trunc('week', done.day::timestamp)::date AS week_start,
    date_trunc('month', done.day::timestamp)::date AS month_start,
    done.issue_id,
    issue.issue_number,
    issue.title AS issue_title,
    issue.issue_type,
    done.is_success,
    done.is_failure,
    COALESCE(
        done.is_success AND (
            ops.version_is(done.issue_key, rework.kinds)
            OR EXISTS (
                SELECT 1
                FROM dora_known_rows(state.open_from * 100) AS part
                WHERE part.release_deployment_id = done.deployment_id AND ops.version_is(part.issue_key, rework.kinds)
                OFFSET 0
            )
        ),
        FALSE
    ) AS is_rework,
    CASE WHEN done.is_success THEN COALESCE(caused.incidents, 0) ELSE 0 END AS incidents,
    caused.incident_issue_ids,
    done.starts_failure_run,
    done.recovered_by_deployment_id,
    done.recovered_at,
    CASE
        WHEN done.starts_failure_run THEN round(extract(EPOCH FROM done.recovered_at - done.deployed_at) / 3600, 6)
    END AS recovery_hours,
    done.starts_failure_run AND done.recovered_at IS NULL AS is_open_failure,
    CASE done.deployment_status
        WHEN 'SUCCESS' THEN 'succeeded in production: a deployment'
        WHEN 'ROLLED_BACK' THEN 'rolled back: once a success, counts once, as a failure'
        WHEN 'FAILED' THEN 'failed in production: a failure'
        ELSE 'succeeded in part: neither a deployment nor a failure'
    END
    || CASE
        WHEN ended.later_ends > 0 THEN '; tried again since, the end that followed counts by itself'
        ELSE ''
    END
    || CASE
        WHEN ended.release_id IS NOT NULL THEN format('; release %s with %s issues is one', ended.release_id, carried.issues)
        ELSE ''
    END AS why,
    ended.end_number,
    ended.release_id,
    carried.issues,
    carried.issue_ids
FROM ops.mart_state AS state
CROSS JOIN LATERAL dora_deployments(state.open_from * 100) AS done
CROSS JOIN (SELECT ops.setting_kinds('rework_types', 'incident,hotfix') AS kinds) AS rework
LEFT JOIN dim_issue AS issue ON done.issue_key = issue.issue_key
LEFT JOIN (
    SELECT
        incident.deployment_id,
        incident.deployed_at,
        count(*) AS incidents,
        array_agg(incident.issue_id ORDER BY incident.created_at, incident.issue_id) AS incident_issue_ids
    FROM v_dora_incident AS incident
    WHERE incident.deployment_id IS NOT NULL
    GROUP BY incident.deployment_id, incident.deployed_at
) AS caused ON done.deployment_id = caused.deployment_id AND done.deployed_at = caused.deployed_at
LEFT JOIN LATERAL (
    SELECT
        part.end_number,
        part.release_id,
        part.release_deployment_id,
        (
            SELECT count(*)
            FROM dora_known_rows(state.open_from * 100) AS later
            WHERE later.deployment_id = part.deployment_id AND later.end_number > part.end_number
        ) AS later_ends
    FROM dora_known_rows(state.open_from * 100) AS part
    WHERE part.deployment_id = done.deployment_id AND part.deployed_at = done.deployed_at
    ORDER BY part.end_number DESC
    LIMIT 1
) AS ended ON TRUE
LEFT JOIN LATERAL (
    SELECT
        count(DISTINCT part.issue_id) AS issues,
        array_agg(DISTINCT part.issue_id ORDER BY part.issue_id) FILTER (WHERE part.issue_id IS NOT NULL) AS issue_ids
    FROM (
        SELECT sibling.issue_id
        FROM dora_known_rows(state.open_from * 100) AS sibling
        WHERE sibling.release_deployment_id = ended.release_deployment_id AND sibling.end_number = ended.end_number
        UNION ALL
        SELECT done.issue_id WHERE ended.release_deployment_id IS NULL
    ) AS part
) AS carried ON TRUE
WHERE state.mart = 'mart_dora';
COMMENT ON VIEW v_dora_deployment IS
'Each production deployment that reached an end: how it counts in mart_dora and why. Deployments to other environments, and pending or running ones, are not here.';
COMMENT ON COLUMN v_dora_deployment.deployment_id IS 'Deployment''s id in the source.';
COMMENT ON COLUMN v_dora_deployment.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_dora_deployment.deployment_status IS 'SUCCESS, FAILED, ROLLED_BACK or PARTIAL, as it is now.';
COMMENT ON COLUMN v_dora_deployment.deployed_at IS 'When it first was deployed, also when it was rolled back later.';
COMMENT ON COLUMN v_dora_deployment.time_key IS 'Business day of deployed_at, yyyymmdd.';
COMMENT ON COLUMN v_dora_deployment.day IS 'The day that it counts in.';
COMMENT ON COLUMN v_dora_deployment.week_start IS 'Monday of the ISO week that it counts in.';
COMMENT ON COLUMN v_dora_deployment.month_start IS 'First day of the month that it counts in.';
COMMENT ON COLUMN v_dora_deployment.issue_id IS 'Issue deployed; null when the source names none.';
COMMENT ON COLUMN v_dora_deployment.issue_number IS 'Number by which people know the issue; null when there is none.';
COMMENT ON COLUMN v_dora_deployment.issue_title IS 'Title of the issue''s version in force; null when there is none.';
COMMENT ON COLUMN v_dora_deployment.issue_type IS 'Type of the issue''s version in force; null when not known.';
COMMENT ON COLUMN v_dora_deployment.is_success IS 'Counts in deployments.';
COMMENT ON COLUMN v_dora_deployment.is_failure IS 'Counts in failed_deployments.';
COMMENT ON COLUMN v_dora_deployment.is_rework IS
'Counts in rework_deployments: a success with an issue whose type or label is in the setting rework_types.';
COMMENT ON COLUMN v_dora_deployment.incidents IS 'Incidents attributed to it; with at least one it counts once in deployments_with_incident.';
COMMENT ON COLUMN v_dora_deployment.incident_issue_ids IS 'Their issues; null without one.';
COMMENT ON COLUMN v_dora_deployment.starts_failure_run IS 'First failure since the last success: the one whose recovery is measured.';
COMMENT ON COLUMN v_dora_deployment.recovered_by_deployment_id IS 'Next success of the repository; null for a success, or while there is none.';
COMMENT ON COLUMN v_dora_deployment.recovered_at IS 'When that was deployed; null for a success, or while there is none.';
COMMENT ON COLUMN v_dora_deployment.recovery_hours IS 'Hours to the recovery; null unless it starts a run that ended.';
COMMENT ON COLUMN v_dora_deployment.is_open_failure IS 'Counts in open_failures: starts a run of failures that no success has ended yet.';
COMMENT ON COLUMN v_dora_deployment.why IS 'How it counts, in words.';
COMMENT ON COLUMN v_dora_deployment.end_number IS 'Which end of the deployment it is, from 1: a failure that was tried again is two.';
COMMENT ON COLUMN v_dora_deployment.release_id IS 'Release that it is; null when the source names none.';
COMMENT ON COLUMN v_dora_deployment.issues IS 'How many issues it carries.';
COMMENT ON COLUMN v_dora_deployment.issue_ids IS 'Their ids; null when the source names none. issue_id and what follows it are those of the first.';
