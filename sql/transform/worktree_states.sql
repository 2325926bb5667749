-- Worktrees in UTC.
CREATE VIEW judged_worktree_states AS
SELECT
    raw.*,
    CASE WHEN raw.id IS NULL THEN ARRAY['no-id', 'the worktree has no id'] END AS problem
FROM raw_worktree_states AS raw;

CREATE UNLOGGED TABLE stg_worktree_states AS
SELECT
    raw.id,
    raw.associated_issue_id,
    nullif(btrim(raw.worktree_path), '') AS worktree_path,
    nullif(btrim(raw.branch_name), '') AS branch_name,
    nullif(lower(btrim(raw.status)), '') AS status,
    ops.sound_moment(raw.created_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS created_at,
    ops.sound_moment(raw.cleaned_up_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS cleaned_up_at,
    raw.row_hash,
    ops.sound_moment(raw.event_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_worktree_states AS raw
WHERE raw.problem IS NULL;
