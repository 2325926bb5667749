SELECT wanted.name AS table_name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass('stg_' || wanted.name) IS NULL;
