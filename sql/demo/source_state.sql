-- How many of the platform's tables there are, and whether the demonstration put them there.
SELECT
    count(found.oid) AS tables,
    coalesce(bool_and(obj_description(found.oid, 'pg_class') = %(mark)s) FILTER (WHERE found.oid IS NOT NULL), false)
        AS is_demonstration
FROM unnest(%(tables)s::text []) AS wanted (name)
LEFT JOIN pg_class AS found ON found.oid = to_regclass('public.' || quote_ident(wanted.name))
