UPDATE code_gen_tasks
SET
    total_lines_generated = coalesce(total_lines_generated, 0) + 10,
    clippy_warnings = 0,
    updated_at = date_trunc('milliseconds', %(as_of)s::timestamp - pg_temp.chance(%(seed)s, 142, id) * interval '2 hours')
WHERE created_at < %(as_of)s::timestamp - interval '2 hours' AND pg_temp.chance(%(seed)s, 141, id) < %(share)s
