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
