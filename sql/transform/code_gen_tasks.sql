-- Code generation tasks in UTC.
CREATE VIEW judged_code_gen_tasks AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the code generation has no id']
        WHEN raw.created_at IS NULL THEN ARRAY['no-day', 'the code generation has no created_at, so it belongs to no day']
        WHEN
            raw.created_at < '1970-01-01' OR raw.created_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('created_at', raw.created_at, %(latest_moment)s, %(source_timezone)s)]
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
    ops.sound_moment(raw.updated_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS updated_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_code_gen_tasks AS raw
WHERE raw.problem IS NULL;
