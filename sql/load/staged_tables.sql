-- Which of these source tables have a persistent staging table.
SELECT listed.name AS table_name
FROM unnest(%(tables)s::text []) WITH ORDINALITY AS listed (name, place)
WHERE to_regclass('staging.' || quote_ident(listed.name)) IS NOT NULL
ORDER BY listed.place;
