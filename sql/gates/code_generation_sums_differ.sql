-- One row when lines or files of the facts are not those of the batch; what a later run has written since is left out.
SELECT
    count(*) AS wanted_rows,
    count(loaded.code_generation_id) AS loaded_rows,
    sum(wanted.total_lines_generated) AS wanted_lines,
    sum(loaded.total_lines_generated) AS loaded_lines,
    sum(wanted.total_files_generated) AS wanted_files,
    sum(loaded.total_files_generated) AS loaded_files
FROM {stg_code_gen_tasks} AS wanted
LEFT JOIN fact_code_generation AS loaded
    ON
        loaded.code_generation_id = wanted.id
        AND loaded.time_key = ops.day_key(wanted.created_at, %(business_timezone)s)
        AND loaded.time_key BETWEEN %(first_day)s AND %(last_day)s
WHERE
    coalesce(loaded.run_number <= %(run_number)s, true)
    AND ops.day_key(wanted.created_at, %(business_timezone)s) / 100 <> ALL(ops.frozen_months('fact_code_generation'))
HAVING
    (count(*), sum(wanted.total_lines_generated), sum(wanted.total_files_generated))
    IS DISTINCT FROM
    (count(loaded.code_generation_id), sum(loaded.total_lines_generated), sum(loaded.total_files_generated));
