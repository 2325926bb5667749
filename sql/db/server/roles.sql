-- The roles of both databases. What the server already has stays as it is; what this user may not make is left out, and the
-- program says so when somebody connects as it.
DO $roles$
DECLARE
    wanted text;
    -- Whoever makes a role is its member; from version 16 on that alone does not let a session take it on.
    taking text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['miyabi_owner', 'miyabi_etl', 'miyabi_analyst', 'miyabi_source'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
            -- A session of the one user then takes on the loader's or the analyst's role.
            IF
                wanted IN ('miyabi_etl', 'miyabi_analyst')
                AND NOT (pg_has_role(current_user, wanted, 'USAGE') AND pg_has_role(current_user, wanted, taking))
            THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            END IF;
        EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
            RAISE NOTICE 'role % was left as it is', wanted;
        END;
    END LOOP;
    BEGIN
        -- Readers leave connections for the runs.
        IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_analyst' AND rolconnlimit = -1) THEN
            EXECUTE format('ALTER ROLE miyabi_analyst CONNECTION LIMIT %s', current_setting('max_connections')::integer / 4);
        END IF;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'readers may take every connection';
    END;
END
$roles$;
