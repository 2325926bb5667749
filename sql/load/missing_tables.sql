SELECT wanted.name AS table_name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass(quote_ident(%(schema)s) || '.stg_' || wanted.name) IS NULL;
