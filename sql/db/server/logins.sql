-- Lets the roles of the embedded server log in. The values are SCRAM verifiers, not passwords.
ALTER ROLE miyabi_owner LOGIN CREATEDB CREATEROLE PASSWORD :'miyabi_owner';
ALTER ROLE miyabi_etl LOGIN PASSWORD :'miyabi_etl';
-- Any session can change the password of the role that it is or can become. So the readers' role has none: the program reads by
-- a login that it hands to nobody, and `miyabi-dw psql` by one that is made for the session.
ALTER ROLE miyabi_analyst NOLOGIN PASSWORD NULL;
SELECT 'CREATE ROLE miyabi_reader'
WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_reader')
\gexec
ALTER ROLE miyabi_reader LOGIN PASSWORD :'miyabi_reader';
SELECT format('ALTER ROLE miyabi_reader CONNECTION LIMIT %s', current_setting('max_connections')::integer / 4)
\gexec
ALTER ROLE miyabi_reader SET default_transaction_read_only = on;
GRANT miyabi_analyst TO miyabi_reader;
ALTER ROLE miyabi_source LOGIN PASSWORD :'miyabi_source';
ALTER ROLE miyabi_analyst SET default_transaction_read_only = on;
ALTER ROLE miyabi_source SET default_transaction_read_only = on;

-- The owner watches and repairs: it reads the statistics of others and ends their queries.
GRANT pg_monitor TO miyabi_owner;
GRANT pg_signal_backend TO miyabi_owner;
GRANT pg_monitor TO miyabi_etl;
GRANT miyabi_etl TO miyabi_owner WITH ADMIN OPTION;
GRANT miyabi_analyst TO miyabi_owner WITH ADMIN OPTION;
