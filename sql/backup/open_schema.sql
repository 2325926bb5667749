-- The marts belong to the loader, and only who may make tables in a schema can be given one there.
DO $open$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        GRANT CREATE ON SCHEMA public TO miyabi_etl;
    END IF;
END
$open$;
