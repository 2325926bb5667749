-- Run by whoever owns the warehouse, before its first migration. What the owner makes from then on, the loader may fill and
-- the analyst may read; neither may alter or drop it. Run schemas are the loader's own.
DO $grants$
DECLARE
    -- The superuser who sets up the embedded server grants for the database's owner.
    creator text := (
        SELECT CASE WHEN session.rolsuper THEN pg_get_userbyid(warehouse.datdba) ELSE current_user END
        FROM pg_catalog.pg_database AS warehouse, pg_catalog.pg_roles AS session
        WHERE warehouse.datname = current_database() AND session.rolname = current_user
    );
    -- Refreshing or analyzing somebody else's table is a right of its own from version 17 on.
    maintain text := CASE WHEN current_setting('server_version_num')::int >= 170000 THEN ', MAINTAIN' ELSE '' END;
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname IN ('miyabi_etl', 'miyabi_analyst')) < 2 THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO miyabi_analyst', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY, CREATE ON DATABASE %I TO miyabi_etl', current_database());
    EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'UTC');
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT USAGE ON SCHEMAS TO miyabi_etl, miyabi_analyst', creator);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT SELECT ON TABLES TO miyabi_analyst', creator);
    EXECUTE format(
        'ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE%s ON TABLES TO miyabi_etl',
        creator, maintain
    );
    EXECUTE format(
        'ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO miyabi_etl', creator
    );
    EXECUTE format('ALTER SCHEMA public OWNER TO %I', creator);
    GRANT USAGE ON SCHEMA public TO miyabi_etl, miyabi_analyst;
    BEGIN
        -- A statement ends soon after its client has died. Not every platform can look.
        EXECUTE format('ALTER DATABASE %I SET client_connection_check_interval = %L', current_database(), '5s');
    EXCEPTION WHEN invalid_parameter_value OR insufficient_privilege THEN
        RAISE NOTICE 'client_connection_check_interval cannot be set here';
    END;
END
$grants$;
