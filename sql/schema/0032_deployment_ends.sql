-- A deployment of the source can end more than once: an end that was seen is not forgotten when the row is tried again in place.
CREATE TABLE staging.deployment_end (
    deployment_id bigint NOT NULL,
    end_number integer NOT NULL,
    deployment_status text NOT NULL,
    deployed_at timestamptz NOT NULL,
    PRIMARY KEY (deployment_id, end_number)
);
INSERT INTO staging.deployment_end (deployment_id, end_number, deployment_status, deployed_at)
SELECT
    staged.id,
    1,
    staged.deployment_status,
    staged.deployed_at
FROM staging.deployment_pipelines AS staged
WHERE staged.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL') AND staged.deployed_at IS NOT NULL;

ALTER TABLE fact_deployment
ADD COLUMN end_number integer NOT NULL DEFAULT 1,
ADD COLUMN later_ends integer NOT NULL DEFAULT 0,
ADD COLUMN release_id text;
ALTER TABLE fact_deployment DROP CONSTRAINT fact_deployment_pkey;
ALTER TABLE fact_deployment ADD PRIMARY KEY (deployment_id, end_number, time_key);
COMMENT ON COLUMN fact_deployment.end_number IS 'Which of the deployment''s ends it is, from 1; most have one.';
COMMENT ON COLUMN fact_deployment.later_ends IS 'How many ends followed this one; 0 for the present one.';
COMMENT ON COLUMN fact_deployment.release_id IS
'Release that it is part of: rows with the same repository, environment and release_id are one deployment of DORA. Null when not told.';

ALTER TABLE fact_code_change
ADD COLUMN is_merge boolean,
ADD COLUMN lines_added bigint,
ADD COLUMN lines_deleted bigint,
ADD COLUMN is_ignored_author boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN fact_code_change.is_merge IS 'Whether it is a merge commit; null when not told.';
COMMENT ON COLUMN fact_code_change.lines_added IS 'Lines added; null when not told.';
COMMENT ON COLUMN fact_code_change.lines_deleted IS 'Lines deleted; null when not told.';
COMMENT ON COLUMN fact_code_change.is_ignored_author IS 'Whether its author is left out of lead times, a bot (setting ignored_authors).';
