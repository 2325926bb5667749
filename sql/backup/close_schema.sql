DO $close$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        REVOKE CREATE ON SCHEMA public FROM miyabi_etl;
    END IF;
END
$close$;
