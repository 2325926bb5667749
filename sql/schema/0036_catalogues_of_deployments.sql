-- What the words of a source mean that deploys: states, environments, repositories. Files under sql/catalogue fill them.
CREATE TABLE deployment_state (
    pattern text PRIMARY KEY,
    state text NOT NULL
    CONSTRAINT state_is_known CHECK (state IN ('PENDING', 'RUNNING', 'SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL', 'NONE'))
);
COMMENT ON TABLE deployment_state IS 'What a source''s words for the state of a deployment mean.';
COMMENT ON COLUMN deployment_state.pattern IS 'The word in lower case with _ for spaces and hyphens; * stands for any text.';
COMMENT ON COLUMN deployment_state.state IS
'PENDING, RUNNING, SUCCESS, FAILED, ROLLED_BACK or PARTIAL; NONE is no end: it neither succeeded nor failed.';

CREATE TABLE environment_name (
    pattern text PRIMARY KEY,
    environment text NOT NULL
);
COMMENT ON TABLE environment_name IS 'What a source''s names of environments mean; one that no pattern fits keeps its name.';
COMMENT ON COLUMN environment_name.pattern IS 'The name in lower case; * stands for any text.';
COMMENT ON COLUMN environment_name.environment IS 'dev, staging or production; DORA counts production.';

CREATE TABLE repository_name (
    spelling text PRIMARY KEY,
    repository text NOT NULL
);
COMMENT ON TABLE repository_name IS 'Spellings of repositories beyond case, address and .git.';
COMMENT ON COLUMN repository_name.spelling IS 'The spelling in lower case, without address and .git.';
COMMENT ON COLUMN repository_name.repository IS 'The name to show.';

-- A release is one deployment of DORA that carries several issues.
ALTER TABLE fact_deployment
ADD COLUMN release_deployment_id bigint,
ADD COLUMN release_status text;
COMMENT ON COLUMN fact_deployment.release_deployment_id IS
'Row that stands for its release in DORA: the one deployed first, of equally early ones the smallest id. Null without a release.';
COMMENT ON COLUMN fact_deployment.release_status IS
'How the release ended: FAILED or ROLLED_BACK if any of its rows did, else SUCCESS if any did, else PARTIAL. Null without a release.';
CREATE INDEX fact_deployment_release ON fact_deployment (release_deployment_id) WHERE release_deployment_id IS NOT NULL;

CREATE INDEX ON staging.deployment_pipelines (release_id) WHERE release_id IS NOT NULL;
CREATE INDEX commits_short_sha ON staging.commits (left(commit_sha, 7)) WHERE length(commit_sha) < 40;

-- What the load compares when deployments change.
ALTER TABLE unread.change_deployment_pipelines
ADD COLUMN old_release_id text,
ADD COLUMN new_release_id text,
ADD COLUMN old_deployment_status text,
ADD COLUMN new_deployment_status text,
ADD COLUMN old_deployed_at timestamptz,
ADD COLUMN new_deployed_at timestamptz,
ADD COLUMN change varchar(9);
ALTER TABLE unread.wanted_issue ADD COLUMN state text;
ALTER TABLE unread.new_fact_deployment ADD COLUMN end_number integer;

COMMENT ON TABLE staging.deployment_end IS 'Ends that staging has seen of each deployment: one that was seen is kept when the row is tried again.';
COMMENT ON COLUMN staging.deployment_end.deployment_id IS 'deployment_pipelines.id of the source.';
COMMENT ON COLUMN staging.deployment_end.end_number IS 'Which end of the deployment it is, from 1.';
COMMENT ON COLUMN staging.deployment_end.deployment_status IS 'SUCCESS, FAILED, ROLLED_BACK or PARTIAL.';
COMMENT ON COLUMN staging.deployment_end.deployed_at IS 'When it was deployed; a roll-back keeps the moment of what it rolled back.';
COMMENT ON COLUMN staging.deployment_pipelines.release_id IS 'Release that it is part of; null when not told.';
COMMENT ON COLUMN staging.deployment_pipelines.repository IS 'Repository deployed; null when not told: its issue''s holds then.';
COMMENT ON COLUMN staging.deployment_pipelines.commit_sha IS 'Commit deployed; null when not told.';
COMMENT ON COLUMN staging.deployment_pipelines.updated_at IS 'When the source last changed the row; null when not told.';
COMMENT ON COLUMN staging.commits.repository IS 'Repository of the commit; null when not told: its issue''s holds then.';
COMMENT ON COLUMN staging.commits.is_merge IS 'Whether it is a merge commit; null when not told.';
COMMENT ON COLUMN staging.commits.lines_added IS 'Lines added; null when not told.';
COMMENT ON COLUMN staging.commits.lines_deleted IS 'Lines deleted; null when not told.';
COMMENT ON COLUMN staging.issues.state IS 'State in the source''s word; null when not told: the closing then decides.';
COMMENT ON COLUMN staging.issues.author IS 'Who filed it; null when not told.';
COMMENT ON COLUMN staging.issues.deleted_at IS 'When the source deleted it; null while it is there.';

-- Deployment frequency has a ladder for each unit that it is told in.
ALTER TABLE dora_class DROP CONSTRAINT dora_class_pkey;
ALTER TABLE dora_class ADD PRIMARY KEY (report_year, metric, class, unit);
