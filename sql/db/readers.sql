-- name: make
-- A login for one session. What it makes is the readers' own; when its time is over, nobody can log in as it any more.
CREATE ROLE {login} LOGIN CONNECTION LIMIT 5 PASSWORD %(verifier)s VALID UNTIL %(until)s IN ROLE miyabi_analyst;
ALTER ROLE {login} SET default_transaction_read_only = on;
GRANT {login} TO CURRENT_USER;

-- name: others
-- How many logins of readers are in use now.
SELECT count(DISTINCT session.usename)::integer AS others
FROM pg_stat_activity AS session
WHERE starts_with(session.usename::text, 'miyabi_reader_');

-- name: reader
-- The reader at hand, and functions of the server by which anybody could hold up others, for nobody has taken them from everybody.
SELECT
    session_user AS user_name,
    login.rolconnlimit = -1 AS may_take_every_connection,
    coalesce(has_table_privilege(session_user, to_regclass('ops.run'), 'INSERT'), FALSE) AS may_write,
    array(
        SELECT called.name
        FROM unnest(ARRAY['pg_advisory_lock(bigint)', 'lo_create(oid)']) AS called (name)
        WHERE has_function_privilege('public', called.name, 'EXECUTE')
    ) AS calls
FROM pg_catalog.pg_roles AS login
WHERE login.rolname = session_user;

-- name: standing
-- What the user at hand is to the database and to the two roles.
SELECT
    current_user AS user_name,
    current_database() AS database_name,
    pg_has_role(current_user, warehouse.datdba, 'USAGE') AS is_owner,
    own.rolcreatedb OR own.rolsuper AS may_make_databases,
    array(
        SELECT wanted.name
        FROM unnest(ARRAY['miyabi_etl', 'miyabi_analyst']) AS wanted (name)
        WHERE to_regrole(wanted.name) IS NULL
    ) AS missing,
    array(
        SELECT wanted.name
        FROM unnest(ARRAY['miyabi_etl', 'miyabi_analyst']) AS wanted (name)
        WHERE NOT pg_has_role(
            current_user, to_regrole(wanted.name),
            CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END
        )
    ) AS not_taken,
    -- What an administrator is to run where this user may not.
    (
        SELECT coalesce(string_agg(format('CREATE ROLE %I; ', wanted.name), '' ORDER BY wanted.name DESC), '')
        FROM unnest(ARRAY['miyabi_etl', 'miyabi_analyst']) AS wanted (name)
        WHERE to_regrole(wanted.name) IS NULL
    ) || format('GRANT miyabi_etl, miyabi_analyst TO %I WITH ADMIN OPTION', current_user) AS remedy
FROM pg_catalog.pg_database AS warehouse, pg_catalog.pg_roles AS own
WHERE warehouse.datname = current_database() AND own.rolname = current_user;

-- name: sweep
-- Logins of sessions that are over. A minute is left for the session to begin; what it has made goes to the readers.
DO $sweep$
DECLARE
    outdated name;
BEGIN
    FOR outdated IN
        SELECT login.rolname
        FROM pg_catalog.pg_roles AS login
        WHERE
            starts_with(login.rolname, 'miyabi_reader_')
            AND login.rolvaliduntil < clock_timestamp() + interval '12 hours' - interval '1 minute'
            AND NOT EXISTS (SELECT 1 FROM pg_stat_activity AS session WHERE session.usesysid = login.oid)
    LOOP
        BEGIN
            EXECUTE format('REASSIGN OWNED BY %I TO miyabi_analyst', outdated);
            EXECUTE format('DROP OWNED BY %I', outdated);
            EXECUTE format('DROP ROLE %I', outdated);
        EXCEPTION WHEN OTHERS THEN
            RAISE NOTICE 'login % stays until somebody else can drop it: %', outdated, SQLERRM;
        END;
    END LOOP;
END
$sweep$;
