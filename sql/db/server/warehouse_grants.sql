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
    made record;
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
    -- A database of before version 15 lets everybody make tables there.
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    IF NOT coalesce((
        SELECT has_schema_privilege('miyabi_etl', room.oid, 'USAGE') FROM pg_catalog.pg_namespace AS room WHERE room.nspname = 'ops'
    ), true) THEN
        -- The roles came after the tables, so what the tables would have been made with is caught up on.
        FOR made IN
            SELECT format('GRANT USAGE ON SCHEMA %I TO miyabi_etl, miyabi_analyst', room.nspname) AS command
            FROM pg_catalog.pg_namespace AS room
            WHERE room.nspowner = creator::regrole
            UNION ALL
            SELECT format('GRANT USAGE, SELECT, UPDATE ON SEQUENCE %s TO miyabi_etl', held.oid::regclass)
            FROM pg_catalog.pg_class AS held
            WHERE held.relowner = creator::regrole AND held.relkind = 'S'
            UNION ALL
            SELECT format(grants.command, held.oid::regclass)
            FROM
                pg_catalog.pg_class AS held,
                (VALUES ('GRANT SELECT ON %s TO miyabi_analyst'),
                ('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE' || maintain || ' ON %s TO miyabi_etl')) AS grants (command)
            WHERE held.relowner = creator::regrole AND held.relkind IN ('r', 'p', 'v', 'm', 'f')
            UNION ALL
            SELECT 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ops TO miyabi_etl'
            UNION ALL
            SELECT 'GRANT CREATE ON SCHEMA public TO miyabi_etl'
            UNION ALL
            SELECT format('ALTER MATERIALIZED VIEW %s OWNER TO miyabi_etl', mart.oid::regclass)
            FROM pg_catalog.pg_class AS mart
            WHERE
                mart.relowner = creator::regrole AND mart.relkind = 'm'
                AND to_regclass(format('public.%I', mart.relname || '_closed')) IS NOT NULL
            UNION ALL
            SELECT 'REVOKE CREATE ON SCHEMA public FROM miyabi_etl'
        LOOP
            EXECUTE made.command;
        END LOOP;
    END IF;
    -- A reader could take the locks that runs take turns by, and keep large objects. Only a superuser can change who may call the
    -- server's own functions; without one, the runs and the doctor name whoever holds such a lock.
    IF (SELECT session.rolsuper FROM pg_catalog.pg_roles AS session WHERE session.rolname = current_user) THEN
        FOR made IN
            SELECT format(grants.command, known.oid::regprocedure, creator) AS command
            FROM
                pg_catalog.pg_proc AS known,
                (VALUES ('REVOKE ALL ON FUNCTION %s FROM PUBLIC'), ('GRANT EXECUTE ON FUNCTION %s TO %I, miyabi_etl')) AS grants (command)
            WHERE
                known.pronamespace = 'pg_catalog'::regnamespace
                AND known.proname ~ '^(pg_(try_)?advisory_|lo_(creat|create|from_bytea|put|open|truncate|truncate64|unlink)$|lowrite$)'
                AND (known.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(known.proacl) AS access WHERE access.grantee = 0))
        LOOP
            EXECUTE made.command;
        END LOOP;
    END IF;
    BEGIN
        -- A statement ends soon after its client has died. Not every platform can look.
        EXECUTE format('ALTER DATABASE %I SET client_connection_check_interval = %L', current_database(), '5s');
    EXCEPTION WHEN invalid_parameter_value OR insufficient_privilege THEN
        RAISE NOTICE 'client_connection_check_interval cannot be set here';
    END;
END
$grants$;
