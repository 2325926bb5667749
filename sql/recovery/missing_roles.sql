SELECT wanted.name
FROM unnest(ARRAY['miyabi_etl', 'miyabi_analyst']) AS wanted (name)
WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS known WHERE known.rolname = wanted.name);
