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
