-- DORA's metrics by day, ISO week and month, for each repository and for all together.
SELECT ops.register_mart(
    'mart_dora',
    grain => ARRAY['period_kind', 'period_start', 'repository'],
    subjects => ARRAY['fact_deployment', 'fact_code_change'],
    keeps_events => TRUE,
    follows_days => TRUE
);

-- Deployments and commits of finished months are kept in tables of their own: what happens today can change a number of
-- long ago (a late recovery) or need a row of long ago (a commit deployed after a year), and archived months have no facts.

CREATE TABLE IF NOT EXISTS dora_deployment_closed (
    deployment_id bigint PRIMARY KEY,
    time_key integer NOT NULL,
    issue_id bigint,
    issue_key bigint NOT NULL,
    repository text NOT NULL,
    deployment_status text NOT NULL,
    deployed_at timestamptz NOT NULL
);
-- One row for each end of a deployment; the rows of a release name the one among them that stands for it.
ALTER TABLE dora_deployment_closed
ADD COLUMN IF NOT EXISTS end_number integer NOT NULL DEFAULT 1,
ADD COLUMN IF NOT EXISTS release_id text,
ADD COLUMN IF NOT EXISTS release_deployment_id bigint,
ADD COLUMN IF NOT EXISTS release_status text;
DO $key$
BEGIN
    IF (SELECT cardinality(conkey) FROM pg_constraint WHERE conname = 'dora_deployment_closed_pkey') = 1 THEN
        ALTER TABLE dora_deployment_closed DROP CONSTRAINT dora_deployment_closed_pkey;
        ALTER TABLE dora_deployment_closed ADD PRIMARY KEY (deployment_id, end_number);
    END IF;
END
$key$;
CREATE INDEX IF NOT EXISTS dora_deployment_closed_release
ON dora_deployment_closed (release_deployment_id) WHERE release_deployment_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS dora_deployment_closed_day ON dora_deployment_closed (time_key);
CREATE INDEX IF NOT EXISTS dora_deployment_closed_repository ON dora_deployment_closed (repository, deployed_at);
CREATE INDEX IF NOT EXISTS dora_deployment_closed_issue ON dora_deployment_closed (issue_id);
COMMENT ON TABLE dora_deployment_closed IS
'Production deployments of finished months, kept when the facts are archived; the rows of fact_deployment, shortened.';
COMMENT ON COLUMN dora_deployment_closed.deployment_id IS 'Deployment''s id in the source.';
COMMENT ON COLUMN dora_deployment_closed.time_key IS 'Business day of deployed_at, yyyymmdd.';
COMMENT ON COLUMN dora_deployment_closed.issue_id IS 'Issue deployed; null when the source names none.';
COMMENT ON COLUMN dora_deployment_closed.issue_key IS 'Version of the issue in force; -1 when there is none.';
COMMENT ON COLUMN dora_deployment_closed.repository IS 'Repository; (unknown) when the source names none.';
COMMENT ON COLUMN dora_deployment_closed.deployment_status IS 'SUCCESS, FAILED, ROLLED_BACK or PARTIAL.';
COMMENT ON COLUMN dora_deployment_closed.deployed_at IS 'When it first was deployed.';
COMMENT ON COLUMN dora_deployment_closed.end_number IS 'Which of the deployment''s ends it is, from 1.';
COMMENT ON COLUMN dora_deployment_closed.release_id IS 'Release that it is part of; null when not told.';
COMMENT ON COLUMN dora_deployment_closed.release_deployment_id IS 'Row that stands for the release; null without one.';
COMMENT ON COLUMN dora_deployment_closed.release_status IS 'How the release ended; null without one.';

CREATE TABLE IF NOT EXISTS dora_commit_closed (
    commit_sha text PRIMARY KEY,
    time_key integer NOT NULL,
    issue_id bigint,
    repository text NOT NULL,
    committed_at timestamptz NOT NULL,
    deployment_id bigint,
    deployed_at timestamptz,
    deployed_time_key integer
);
ALTER TABLE dora_commit_closed ADD COLUMN IF NOT EXISTS is_ignored_author boolean NOT NULL DEFAULT FALSE;
CREATE INDEX IF NOT EXISTS dora_commit_closed_day ON dora_commit_closed (time_key);
CREATE INDEX IF NOT EXISTS dora_commit_closed_deployed ON dora_commit_closed (deployed_time_key);
CREATE INDEX IF NOT EXISTS dora_commit_closed_issue ON dora_commit_closed (issue_id);
COMMENT ON TABLE dora_commit_closed IS
'Commits of finished months, kept when the facts are archived; the rows of fact_code_change, shortened.';
COMMENT ON COLUMN dora_commit_closed.commit_sha IS 'Commit''s hash.';
COMMENT ON COLUMN dora_commit_closed.time_key IS 'Business day of committed_at, yyyymmdd.';
COMMENT ON COLUMN dora_commit_closed.issue_id IS 'Issue that the commit belongs to; null when the source names none.';
COMMENT ON COLUMN dora_commit_closed.repository IS 'Repository; (unknown) when the source names none.';
COMMENT ON COLUMN dora_commit_closed.committed_at IS 'When the commit was made.';
COMMENT ON COLUMN dora_commit_closed.deployment_id IS 'First successful production deployment that carries it; null when none does.';
COMMENT ON COLUMN dora_commit_closed.deployed_at IS 'When that was; null when none does.';
COMMENT ON COLUMN dora_commit_closed.deployed_time_key IS 'Business day of deployed_at, yyyymmdd; null when none does.';
COMMENT ON COLUMN dora_commit_closed.is_ignored_author IS 'Whether its author has no lead time (setting ignored_authors).';

-- These functions take the first day (yyyymmdd) that is not finished as a parameter. The planner puts their bodies and its
-- value in their place, and so opens no partition of a finished month.

CREATE OR REPLACE FUNCTION dora_known_rows(open_key integer) RETURNS SETOF dora_deployment_closed
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    closed.deployment_id,
    closed.time_key,
    closed.issue_id,
    closed.issue_key,
    closed.repository,
    closed.deployment_status,
    closed.deployed_at,
    closed.end_number,
    closed.release_id,
    closed.release_deployment_id,
    closed.release_status
FROM public.dora_deployment_closed AS closed
UNION ALL
SELECT
    fact.deployment_id,
    fact.time_key,
    fact.issue_id,
    fact.issue_key,
    ops.shown_repository(fact.repository),
    fact.deployment_status,
    fact.deployed_at,
    fact.end_number,
    fact.release_id,
    fact.release_deployment_id,
    fact.release_status
FROM public.fact_deployment AS fact
WHERE fact.environment = 'production' AND fact.time_key >= open_key
$$;
COMMENT ON FUNCTION dora_known_rows IS
'Rows of production deployments that reached an end: before open_key (yyyymmdd) as kept, from it on from fact_deployment.';

-- A release that was taken back for one issue carried the others.
CREATE OR REPLACE FUNCTION dora_carries(release_status text, deployment_status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(
    COALESCE(release_status, deployment_status) = 'SUCCESS' OR (release_status = 'ROLLED_BACK' AND deployment_status = 'SUCCESS'),
    FALSE
);
COMMENT ON FUNCTION dora_carries IS 'Whether a row of a deployment brought its issue to production, by how its release ended and how it did itself.';

-- One row a deployment of DORA: of a release the row that stands for it, which ended as the release did.
CREATE OR REPLACE FUNCTION dora_known_deployments(open_key integer) RETURNS SETOF dora_deployment_closed
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    part.deployment_id,
    part.time_key,
    part.issue_id,
    part.issue_key,
    part.repository,
    COALESCE(part.release_status, part.deployment_status),
    part.deployed_at,
    part.end_number,
    part.release_id,
    part.release_deployment_id,
    part.release_status
FROM public.dora_known_rows(open_key) AS part
WHERE part.release_deployment_id IS NULL OR part.release_deployment_id = part.deployment_id
$$;
COMMENT ON FUNCTION dora_known_deployments IS
'Production deployments that reached an end, a release of several rows once.';

-- What comes nearest to a moment is asked of each place alone, whose index has it first; asked of all together, each question
-- would sort what the open months have. Only a repository without a name, or called like one of ours, is shown by another name.
-- Of a CASE the planner expects every other row; of an expression's equation next to none, and would sort again.
CREATE OR REPLACE FUNCTION dora_success_before(open_key integer, in_repository text, moment timestamptz)
RETURNS TABLE (deployment_id bigint, deployed_at timestamptz, time_key integer)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    nearest.deployment_id,
    nearest.deployed_at,
    nearest.time_key
FROM (
    (
        SELECT
            part.deployment_id,
            part.deployed_at,
            part.time_key
        FROM public.dora_deployment_closed AS part
        WHERE
            part.repository = in_repository
            AND CASE COALESCE(part.release_status, part.deployment_status) WHEN 'SUCCESS' THEN TRUE ELSE FALSE END
            AND (part.release_deployment_id IS NULL OR part.release_deployment_id = part.deployment_id)
            AND part.deployed_at < moment
        ORDER BY part.deployed_at DESC, part.deployment_id DESC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            part.deployment_id,
            part.deployed_at,
            part.time_key
        FROM public.fact_deployment AS part
        WHERE
            part.environment = 'production'
            AND part.time_key >= open_key
            AND part.repository = in_repository
            AND in_repository NOT IN ('', '(all)', '(unknown)')
            AND CASE COALESCE(part.release_status, part.deployment_status) WHEN 'SUCCESS' THEN TRUE ELSE FALSE END
            AND (part.release_deployment_id IS NULL OR part.release_deployment_id = part.deployment_id)
            AND part.deployed_at < moment
        ORDER BY part.deployed_at DESC, part.deployment_id DESC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            part.deployment_id,
            part.deployed_at,
            part.time_key
        FROM public.fact_deployment AS part
        WHERE
            part.environment = 'production'
            AND part.time_key >= open_key
            AND in_repository IN ('(unknown)', '"(all)"', '"(unknown)"')
            AND ops.shown_repository(part.repository) = in_repository
            AND CASE COALESCE(part.release_status, part.deployment_status) WHEN 'SUCCESS' THEN TRUE ELSE FALSE END
            AND (part.release_deployment_id IS NULL OR part.release_deployment_id = part.deployment_id)
            AND part.deployed_at < moment
        ORDER BY part.deployed_at DESC, part.deployment_id DESC
        LIMIT 1
    )
) AS nearest
ORDER BY nearest.deployed_at DESC, nearest.deployment_id DESC
LIMIT 1
$$;
COMMENT ON FUNCTION dora_success_before IS
'The last success before a moment of a repository, a release of several rows once; in_repository is its name as shown.';

CREATE OR REPLACE FUNCTION dora_success_after(open_key integer, in_repository text, moment timestamptz)
RETURNS TABLE (deployment_id bigint, deployed_at timestamptz, time_key integer)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    nearest.deployment_id,
    nearest.deployed_at,
    nearest.time_key
FROM (
    (
        SELECT
            part.deployment_id,
            part.deployed_at,
            part.time_key
        FROM public.dora_deployment_closed AS part
        WHERE
            part.repository = in_repository
            AND CASE COALESCE(part.release_status, part.deployment_status) WHEN 'SUCCESS' THEN TRUE ELSE FALSE END
            AND (part.release_deployment_id IS NULL OR part.release_deployment_id = part.deployment_id)
            AND part.deployed_at > moment
        ORDER BY part.deployed_at ASC, part.deployment_id ASC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            part.deployment_id,
            part.deployed_at,
            part.time_key
        FROM public.fact_deployment AS part
        WHERE
            part.environment = 'production'
            AND part.time_key >= open_key
            AND part.repository = in_repository
            AND in_repository NOT IN ('', '(all)', '(unknown)')
            AND CASE COALESCE(part.release_status, part.deployment_status) WHEN 'SUCCESS' THEN TRUE ELSE FALSE END
            AND (part.release_deployment_id IS NULL OR part.release_deployment_id = part.deployment_id)
            AND part.deployed_at > moment
        ORDER BY part.deployed_at ASC, part.deployment_id ASC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            part.deployment_id,
            part.deployed_at,
            part.time_key
        FROM public.fact_deployment AS part
        WHERE
            part.environment = 'production'
            AND part.time_key >= open_key
            AND in_repository IN ('(unknown)', '"(all)"', '"(unknown)"')
            AND ops.shown_repository(part.repository) = in_repository
            AND CASE COALESCE(part.release_status, part.deployment_status) WHEN 'SUCCESS' THEN TRUE ELSE FALSE END
            AND (part.release_deployment_id IS NULL OR part.release_deployment_id = part.deployment_id)
            AND part.deployed_at > moment
        ORDER BY part.deployed_at ASC, part.deployment_id ASC
        LIMIT 1
    )
) AS nearest
ORDER BY nearest.deployed_at ASC, nearest.deployment_id ASC
LIMIT 1
$$;
COMMENT ON FUNCTION dora_success_after IS
'The first success after a moment of a repository, a release of several rows once; in_repository is its name as shown.';

CREATE OR REPLACE FUNCTION dora_known_commits(open_key integer) RETURNS SETOF dora_commit_closed
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
SELECT
    closed.commit_sha,
    closed.time_key,
    closed.issue_id,
    closed.repository,
    closed.committed_at,
    closed.deployment_id,
    closed.deployed_at,
    closed.deployed_time_key,
    closed.is_ignored_author
FROM public.dora_commit_closed AS closed
UNION ALL
SELECT
    fact.commit_sha,
    fact.time_key,
    fact.issue_id,
    ops.shown_repository(fact.repository),
    fact.committed_at,
    fact.deployment_id,
    fact.deployed_at,
    fact.deployed_time_key,
    fact.is_ignored_author
FROM public.fact_code_change AS fact
WHERE fact.time_key >= open_key
$$;
COMMENT ON FUNCTION dora_known_commits IS 'Commits: before open_key (yyyymmdd) as kept, from it on from fact_code_change.';
