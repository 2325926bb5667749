SELECT relation.relname AS name
FROM pg_class AS relation
WHERE
    relation.relnamespace = to_regnamespace(quote_ident(%(schema)s))
    AND relation.relkind IN ('r', 'v')
    AND (relation.relname LIKE 'stg\_%%' OR relation.relname = 'rejected')
ORDER BY relation.relname
