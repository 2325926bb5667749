-- Worktrees in UTC.
CREATE VIEW judged_worktree_states AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the worktree has no id']
        WHEN
            least(raw.created_at, raw.cleaned_up_at) < '1970-01-01'
            OR greatest(raw.created_at, raw.cleaned_up_at) >= '2100-01-01'
            THEN ARRAY['moment-out-of-range', 'a moment of the worktree lies outside of 1970 to 2099']
    END AS problem
FROM raw_worktree_states AS raw;

CREATE UNLOGGED TABLE stg_worktree_states AS
SELECT
    raw.id,
    raw.associated_issue_id,
    nullif(btrim(raw.worktree_path), '') AS worktree_path,
    nullif(btrim(raw.branch_name), '') AS branch_name,
    nullif(lower(btrim(raw.status)), '') AS status,
    raw.created_at AT TIME ZONE %(source_timezone)s AS created_at,
    raw.cleaned_up_at AT TIME ZONE %(source_timezone)s AS cleaned_up_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_worktree_states AS raw
WHERE raw.problem IS NULL;
