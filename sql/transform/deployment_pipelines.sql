-- Deployments in UTC, with the catalogues' words for status, environment and repository. One that has not ended is kept
-- and waits.
CREATE VIEW judged_deployment_pipelines AS
SELECT
    spelt.*,
    CASE
        WHEN spelt.id IS NULL THEN ARRAY['no-id', 'the deployment has no id']
        WHEN spelt.status IS NULL
            THEN ARRAY[
                'unknown-status',
                CASE
                    WHEN coalesce(btrim(spelt.deployment_status), '') = '' THEN 'the deployment has no status'
                    ELSE format(
                        'the deployment''s status %%L is in no catalogue: add the line %%s,STATE to '
                        'sql/catalogue/deployment_states.csv', spelt.deployment_status, ops.state_word(spelt.deployment_status)
                    )
                END
            ]
        WHEN spelt.status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL') AND spelt.deployed_at IS NULL
            THEN ARRAY['ended-without-date', 'the deployment has ended and has no deployed_at, so it belongs to no day']
        WHEN
            spelt.status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL')
            AND (spelt.deployed_at < '1970-01-01' OR spelt.deployed_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s)
            THEN ARRAY['moment-out-of-range', ops.moment_fault('deployed_at', spelt.deployed_at, %(latest_moment)s, %(source_timezone)s)]
    END AS problem
FROM (
    SELECT
        raw.*,
        meant.state AS status,
        named.environment AS named_environment,
        known.repository AS named_repository
    FROM raw_deployment_pipelines AS raw
    LEFT JOIN (
        SELECT
            word.deployment_status,
            ops.deployment_state(word.deployment_status) AS state
        FROM (SELECT DISTINCT deployment_status FROM raw_deployment_pipelines) AS word
    ) AS meant ON raw.deployment_status = meant.deployment_status
    LEFT JOIN (
        SELECT
            word.environment AS word,
            ops.environment_name(word.environment) AS environment
        FROM (SELECT DISTINCT environment FROM raw_deployment_pipelines) AS word
    ) AS named ON raw.environment = named.word
    LEFT JOIN (
        SELECT
            word.repository AS word,
            ops.repository_name(word.repository) AS repository
        FROM (SELECT DISTINCT repository FROM raw_deployment_pipelines WHERE repository IS NOT NULL) AS word
    ) AS known ON raw.repository = known.word
) AS spelt;

CREATE UNLOGGED TABLE stg_deployment_pipelines AS
SELECT
    raw.id,
    raw.issue_id,
    raw.status AS deployment_status,
    raw.deployment_duration_seconds,
    raw.infrastructure_cost_usd,
    raw.named_environment AS environment,
    ops.sound_moment(raw.deployed_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS deployed_at,
    ops.sound_moment(raw.created_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS created_at,
    nullif(btrim(raw.release_id), '') AS release_id,
    raw.named_repository AS repository,
    nullif(lower(btrim(raw.commit_sha)), '') AS commit_sha,
    ops.sound_moment(raw.updated_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS updated_at,
    raw.row_hash,
    ops.sound_moment(raw.event_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_deployment_pipelines AS raw
WHERE raw.problem IS NULL;
