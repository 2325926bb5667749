-- Deployments in UTC, with one spelling of each status and environment. One that has not ended is kept and waits.
CREATE VIEW judged_deployment_pipelines AS
SELECT
    spelt.*,
    CASE
        WHEN spelt.id IS NULL THEN ARRAY['no-id', 'the deployment has no id']
        WHEN spelt.status IS NULL
            THEN ARRAY[
                'unknown-status',
                format('nobody has heard of the deployment status %%s', coalesce(quote_literal(spelt.deployment_status), 'null'))
            ]
        WHEN spelt.status NOT IN ('PENDING', 'RUNNING') AND spelt.deployed_at IS NULL
            THEN ARRAY['ended-without-date', 'the deployment has ended and has no deployed_at, so it belongs to no day']
        WHEN
            spelt.status NOT IN ('PENDING', 'RUNNING')
            AND (spelt.deployed_at < '1970-01-01' OR spelt.deployed_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s)
            THEN ARRAY['moment-out-of-range', ops.moment_fault('deployed_at', spelt.deployed_at, %(latest_moment)s, %(source_timezone)s)]
    END AS problem
FROM (
    SELECT
        raw.*,
        CASE translate(lower(btrim(raw.deployment_status)), '- ', '__')
            WHEN 'pending' THEN 'PENDING'
            WHEN 'queued' THEN 'PENDING'
            WHEN 'running' THEN 'RUNNING'
            WHEN 'in_progress' THEN 'RUNNING'
            WHEN 'success' THEN 'SUCCESS'
            WHEN 'succeeded' THEN 'SUCCESS'
            WHEN 'failed' THEN 'FAILED'
            WHEN 'failure' THEN 'FAILED'
            WHEN 'rolled_back' THEN 'ROLLED_BACK'
            WHEN 'partial' THEN 'PARTIAL'
        END AS status
    FROM raw_deployment_pipelines AS raw
) AS spelt;

CREATE UNLOGGED TABLE stg_deployment_pipelines AS
SELECT
    raw.id,
    raw.issue_id,
    raw.status AS deployment_status,
    raw.deployment_duration_seconds,
    raw.infrastructure_cost_usd,
    CASE lower(btrim(raw.environment))
        WHEN 'development' THEN 'dev'
        WHEN 'stage' THEN 'staging'
        WHEN 'prod' THEN 'production'
        WHEN '' THEN NULL
        ELSE lower(btrim(raw.environment))
    END AS environment,
    ops.sound_moment(raw.deployed_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS deployed_at,
    ops.sound_moment(raw.created_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS created_at,
    raw.row_hash,
    ops.sound_moment(raw.event_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_deployment_pipelines AS raw
WHERE raw.problem IS NULL;
