-- Code generation tasks of the issues touched, on the day of created_at.
CREATE UNLOGGED TABLE touched_code_gen_task AS
SELECT staged.id
FROM staging.code_gen_tasks AS staged
INNER JOIN touched_issue AS touched ON staged.issue_id = touched.issue_id
UNION
SELECT changed.id
FROM change_code_gen_tasks AS changed;
ANALYZE touched_code_gen_task;

CREATE UNLOGGED TABLE new_fact_code_generation AS
SELECT
    staged.id AS code_generation_id,
    ops.day_key(staged.created_at, %(business_timezone)s) AS time_key,
    staged.issue_id,
    coalesce(version.issue_key, -1) AS issue_key,
    -1::bigint AS agent_key,
    staged.total_files_generated,
    staged.total_lines_generated,
    staged.compilation_time_ms,
    staged.clippy_warnings,
    staged.fmt_issues,
    staged.created_at,
    staged.updated_at
FROM staging.code_gen_tasks AS staged
INNER JOIN touched_code_gen_task AS touched ON staged.id = touched.id
LEFT JOIN issue_version AS version
    ON
        staged.issue_id = version.issue_id
        AND ops.day_key(staged.created_at, %(business_timezone)s) >= version.from_key
        AND ops.day_key(staged.created_at, %(business_timezone)s) < version.until_key;
ANALYZE new_fact_code_generation (code_generation_id, time_key);
