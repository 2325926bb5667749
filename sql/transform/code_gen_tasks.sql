-- Code generation tasks in UTC.
CREATE VIEW judged_code_gen_tasks AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the code generation has no id']
        WHEN raw.created_at IS NULL THEN ARRAY['no-day', 'the code generation has no created_at, so it belongs to no day']
        WHEN
            least(raw.created_at, raw.updated_at) < '1970-01-01'
            OR greatest(raw.created_at, raw.updated_at) >= '2100-01-01'
            THEN ARRAY['moment-out-of-range', 'a moment of the code generation lies outside of 1970 to 2099']
    END AS problem
FROM raw_code_gen_tasks AS raw;

CREATE UNLOGGED TABLE stg_code_gen_tasks AS
SELECT
    raw.id,
    raw.issue_id,
    raw.total_files_generated,
    raw.total_lines_generated,
    raw.compilation_time_ms,
    raw.clippy_warnings,
    raw.fmt_issues,
    raw.created_at AT TIME ZONE %(source_timezone)s AS created_at,
    raw.updated_at AT TIME ZONE %(source_timezone)s AS updated_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_code_gen_tasks AS raw
WHERE raw.problem IS NULL;
