INSERT INTO code_gen_tasks (
    issue_id, total_files_generated, total_lines_generated, compilation_time_ms, clippy_warnings, fmt_issues,
    created_at, updated_at
)
WITH begun AS (
    SELECT
        id,
        created_at + pg_temp.wait('8 hours', pg_temp.chance(%(seed)s, 31, id)) AS created_at
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 30, id) < 0.7
)

SELECT
    id,
    floor(30 * pg_temp.chance(%(seed)s, 32, id) ^ 3)::integer,
    CASE
        WHEN pg_temp.chance(%(seed)s, 33, id) < %(hostile)s THEN -5
        WHEN pg_temp.chance(%(seed)s, 33, id) < 0.96 THEN floor(3000 * pg_temp.chance(%(seed)s, 34, id) ^ 3)::integer
    END,
    floor(90000 * pg_temp.chance(%(seed)s, 35, id))::bigint,
    nullif(floor(10 * pg_temp.chance(%(seed)s, 36, id) ^ 4)::integer, 9),
    nullif(floor(6 * pg_temp.chance(%(seed)s, 37, id) ^ 4)::integer, 5),
    date_trunc('milliseconds', created_at),
    date_trunc('milliseconds', least(
        created_at + pg_temp.wait('1 day', pg_temp.chance(%(seed)s, 38, id)), greatest(created_at, %(end)s::timestamp)
    ))
FROM begun
WHERE created_at < %(end)s::timestamp
