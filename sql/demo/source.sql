-- name: advance_sequence
-- The next id that the platform gives must be a new one.
SELECT setval(pg_get_serial_sequence(%(name)s, 'id'), greatest(max(held.id), 1), max(held.id) IS NOT NULL)
FROM {table} AS held;

-- name: analyze_table
ANALYZE {table};

-- name: columns
SELECT attribute.attname::text AS name
FROM pg_attribute AS attribute
WHERE attribute.attrelid = to_regclass('public.' || quote_ident(%(name)s)) AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum;

-- name: copy_in
COPY {table} FROM STDIN (FORMAT csv, HEADER MATCH, ENCODING 'UTF8');

-- name: digest
-- A sum over hashed rows does not depend on their order; md5 is the same on every server version and platform.
SELECT
    count(*) AS rows,
    coalesce(sum(('x' || left(md5(held::text), 15))::bit(60)::bigint), 0)::text AS digest
FROM {table} AS held;

-- name: drop_tables
DROP TABLE
    issues, agent_execution_logs, code_gen_tasks, review_results, deployment_pipelines, commits, label_history,
    worktree_states;

-- name: empty_source
TRUNCATE
    issues, agent_execution_logs, code_gen_tasks, review_results, deployment_pipelines, commits, label_history,
    worktree_states;

-- name: has_rows
SELECT EXISTS (SELECT 1 FROM {table}) AS has_rows;

-- name: mark_table
COMMENT ON TABLE {table} IS 'Demonstration data of Miyabi DW';

-- name: state
-- How many of the platform's tables there are, and whether the demonstration put them there.
SELECT
    count(found.oid) AS tables,
    coalesce(bool_and(obj_description(found.oid, 'pg_class') = %(mark)s) FILTER (WHERE found.oid IS NOT NULL), false)
        AS is_demonstration
FROM unnest(%(tables)s::text []) AS wanted (name)
LEFT JOIN pg_class AS found ON found.oid = to_regclass('public.' || quote_ident(wanted.name));
