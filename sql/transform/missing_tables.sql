SELECT wanted.name AS table_name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass('raw_' || wanted.name) IS NULL;
