SELECT wanted.name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass(wanted.name) IS NULL;
