-- The events that DORA's numbers are made of, each with the reason why it counts or does not. Every number of mart_dora is
-- an aggregate of these. Like the functions below them these open no partition of a finished month.
-- OFFSET 0 has rows of an issue looked up by index, where the planner would rather read all of history into a hash.

-- An issue is an incident by its type or by a label: by moment for the months looked at, by kind for all of them.
DROP INDEX IF EXISTS dim_issue_type_created, dim_issue_type_closed;
CREATE INDEX IF NOT EXISTS dim_issue_created ON dim_issue (source_created_at) WHERE is_current;
CREATE INDEX IF NOT EXISTS dim_issue_closed ON dim_issue (source_closed_at) WHERE is_current;
CREATE INDEX IF NOT EXISTS dim_issue_kinds ON dim_issue USING gin (ops.issue_kinds(issue_type, labels)) WHERE is_current;

CREATE OR REPLACE FUNCTION ops.attribution_limit() RETURNS interval
LANGUAGE sql STABLE PARALLEL SAFE
RETURN make_interval(
    days => NULLIF(NULLIF(lower(ops.setting_value('incident_attribution_days', '7')), ''), 'none')::integer
);
COMMENT ON FUNCTION ops.attribution_limit IS 'How long after a deployment an incident still counts against it; null: for ever.';

-- Failures that the same success ended are one run; its first one carries the recovery. A success of the same moment, part
-- of the same release, ends no failure.
CREATE OR REPLACE FUNCTION dora_deployments(open_key integer)
RETURNS TABLE (
    deployment_id bigint,
    time_key integer,
    day date,
    repository text,
    issue_id bigint,
    issue_key bigint,
    deployment_status text,
    deployed_at timestamptz,
    is_success boolean,
    is_failure boolean,
    recovered_by_deployment_id bigint,
    recovered_at timestamptz,
    starts_failure_run boolean
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    done.deployment_id,
    done.time_key,
    ops.day_of(done.time_key),
    done.repository,
    done.issue_id,
    done.issue_key,
    done.deployment_status,
    done.deployed_at,
    done.deployment_status = 'SUCCESS',
    done.deployment_status IN ('FAILED', 'ROLLED_BACK'),
    recovery.deployment_id,
    recovery.deployed_at,
    done.deployment_status IN ('FAILED', 'ROLLED_BACK') AND earlier.deployment_id IS NULL
FROM public.dora_known_deployments(open_key) AS done
LEFT JOIN LATERAL (
    SELECT
        success.deployment_id,
        success.deployed_at
    FROM public.dora_success_after(open_key, done.repository, done.deployed_at) AS success
    WHERE done.deployment_status IN ('FAILED', 'ROLLED_BACK')
) AS recovery ON TRUE
LEFT JOIN LATERAL (
    -- One of the same moment is before it too.
    SELECT success.deployed_at
    FROM public.dora_success_before(open_key, done.repository, done.deployed_at + INTERVAL '1 microsecond') AS success
    WHERE done.deployment_status IN ('FAILED', 'ROLLED_BACK')
) AS success_before ON TRUE
LEFT JOIN LATERAL (
    SELECT failure.deployment_id
    FROM public.dora_known_deployments(open_key) AS failure
    WHERE
        done.deployment_status IN ('FAILED', 'ROLLED_BACK')
        AND failure.repository = done.repository
        AND failure.deployment_status IN ('FAILED', 'ROLLED_BACK')
        AND failure.deployed_at >= COALESCE(success_before.deployed_at, '-infinity')
        AND failure.deployed_at <= done.deployed_at
        AND (failure.deployed_at, failure.deployment_id, failure.end_number)
        < (done.deployed_at, done.deployment_id, done.end_number)
    LIMIT 1
) AS earlier ON TRUE
$$;
COMMENT ON FUNCTION dora_deployments IS
'Each production deployment that reached an end, how it counts, and for a failure the success that ended it. v_dora_deployment says more.';

CREATE OR REPLACE FUNCTION dora_incidents(open_key integer)
RETURNS TABLE (
    issue_id bigint,
    issue_number bigint,
    title text,
    issue_type text,
    repository text,
    created_at timestamptz,
    closed_at timestamptz,
    created_day date,
    closed_day date,
    deployment_id bigint,
    deployed_at timestamptz,
    deployment_time_key integer,
    deployment_day date,
    time_to_restore_hours numeric,
    recovery_hours numeric,
    why text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    issue.issue_id,
    issue.issue_number,
    issue.title,
    issue.issue_type,
    ops.shown_repository(issue.repository),
    issue.source_created_at,
    issue.source_closed_at,
    (issue.source_created_at AT TIME ZONE (SELECT ops.business_zone()))::date,
    (issue.source_closed_at AT TIME ZONE (SELECT ops.business_zone()))::date,
    cause.deployment_id,
    cause.deployed_at,
    cause.time_key,
    ops.day_of(cause.time_key),
    CASE
        WHEN issue.source_closed_at >= issue.source_created_at
            THEN round(extract(EPOCH FROM issue.source_closed_at - issue.source_created_at) / 3600, 6)
    END,
    CASE
        WHEN issue.source_closed_at >= issue.source_created_at
            THEN round(extract(EPOCH FROM issue.source_closed_at - cause.deployed_at) / 3600, 6)
    END,
    CASE
        WHEN latest.deployment_id IS NULL THEN 'no successful production deployment of the repository before it'
        WHEN cause.deployment_id IS NULL THEN 'the latest deployment before it is older than the limit'
        ELSE 'attributed to the latest successful production deployment of the repository before it'
    END
FROM public.dim_issue AS issue
LEFT JOIN LATERAL public.dora_success_before(
    open_key, ops.shown_repository(issue.repository), issue.source_created_at
) AS latest ON TRUE
LEFT JOIN LATERAL (
    SELECT
        latest.deployment_id,
        latest.deployed_at,
        latest.time_key
    WHERE COALESCE(issue.source_created_at <= latest.deployed_at + (SELECT ops.attribution_limit()), TRUE)
) AS cause ON TRUE
WHERE
    issue.is_current
    AND issue.source_created_at IS NOT NULL
    AND issue.state IS DISTINCT FROM 'deleted'
    AND ops.issue_kinds(issue.issue_type, issue.labels)
    && ARRAY(SELECT unnest(ops.setting_kinds('incident_types', 'incident')))
$$;
COMMENT ON FUNCTION dora_incidents IS 'The rows of v_dora_incident.';

CREATE OR REPLACE FUNCTION dora_lead_times(open_key integer)
RETURNS TABLE (
    commit_sha text,
    issue_id bigint,
    repository text,
    time_key integer,
    committed_day date,
    committed_at timestamptz,
    deployment_id bigint,
    deployed_at timestamptz,
    deployed_time_key integer,
    deployment_day date,
    outcome text,
    lead_time_hours numeric,
    why text
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    change.commit_sha,
    change.issue_id,
    change.repository,
    change.time_key,
    ops.day_of(change.time_key),
    change.committed_at,
    change.deployment_id,
    change.deployed_at,
    change.deployed_time_key,
    ops.day_of(change.deployed_time_key),
    judged.outcome,
    CASE
        WHEN judged.outcome = 'counted'
            THEN round(extract(EPOCH FROM change.deployed_at - change.committed_at) / 3600, 6)
    END,
    CASE judged.outcome
        WHEN 'ignored author' THEN 'its author is one of the setting ignored_authors: no lead time, counted beside it'
        WHEN 'counted' THEN 'the first successful production deployment of its issue after it carries it'
        WHEN 'negative' THEN 'made after its issue''s deployment, and none followed: excluded and counted'
        WHEN 'not deployed' THEN 'its issue has no successful production deployment'
    END
FROM public.dora_known_commits(open_key) AS change
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN change.is_ignored_author THEN 'ignored author'
            WHEN change.deployed_at >= change.committed_at THEN 'counted'
            WHEN
                change.deployed_at < change.committed_at OR EXISTS (
                    SELECT 1
                    FROM public.dora_known_rows(open_key) AS success
                    WHERE
                        success.issue_id = change.issue_id
                        AND public.dora_carries(success.release_status, success.deployment_status)
                    OFFSET 0
                ) THEN 'negative'
            ELSE 'not deployed'
        END AS outcome
) AS judged
$$;
COMMENT ON FUNCTION dora_lead_times IS 'The rows of v_dora_lead_time.';

-- Lead time of a whole change: an issue's first commit to its first successful deployment.
CREATE OR REPLACE FUNCTION dora_changes(open_key integer)
RETURNS TABLE (
    issue_id bigint,
    repository text,
    deployment_id bigint,
    time_key integer,
    deployment_day date,
    deployed_at timestamptz,
    first_committed_at timestamptz,
    lead_time_hours numeric
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    done.issue_id,
    done.repository,
    COALESCE(done.release_deployment_id, done.deployment_id),
    done.time_key,
    ops.day_of(done.time_key),
    done.deployed_at,
    first_commit.committed_at,
    CASE
        WHEN first_commit.committed_at <= done.deployed_at
            THEN round(extract(EPOCH FROM done.deployed_at - first_commit.committed_at) / 3600, 6)
    END
FROM public.dora_known_rows(open_key) AS done
CROSS JOIN LATERAL (
    SELECT min(change.committed_at) AS committed_at
    FROM public.dora_known_commits(open_key) AS change
    WHERE change.issue_id = done.issue_id AND NOT change.is_ignored_author
) AS first_commit
WHERE
    public.dora_carries(done.release_status, done.deployment_status)
    AND done.issue_id IS NOT NULL
    AND NOT EXISTS (
        SELECT 1
        FROM public.dora_known_rows(open_key) AS success
        WHERE
            success.issue_id = done.issue_id
            AND public.dora_carries(success.release_status, success.deployment_status)
            AND (success.deployed_at, success.deployment_id, success.end_number)
            < (done.deployed_at, done.deployment_id, done.end_number)
        OFFSET 0
    )
$$;
COMMENT ON FUNCTION dora_changes IS 'The rows of v_dora_change.';
