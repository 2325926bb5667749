-- Lets the roles of the embedded server log in. The values are SCRAM verifiers, not passwords.
ALTER ROLE miyabi_owner LOGIN CREATEDB CREATEROLE PASSWORD :'miyabi_owner';
ALTER ROLE miyabi_etl LOGIN PASSWORD :'miyabi_etl';
ALTER ROLE miyabi_analyst LOGIN PASSWORD :'miyabi_analyst';
ALTER ROLE miyabi_source LOGIN PASSWORD :'miyabi_source';
ALTER ROLE miyabi_analyst SET default_transaction_read_only = on;
ALTER ROLE miyabi_source SET default_transaction_read_only = on;

-- The owner watches and repairs: it reads the statistics of others and ends their queries.
GRANT pg_monitor TO miyabi_owner;
GRANT pg_signal_backend TO miyabi_owner;
GRANT pg_monitor TO miyabi_etl;
GRANT miyabi_etl TO miyabi_owner WITH ADMIN OPTION;
GRANT miyabi_analyst TO miyabi_owner WITH ADMIN OPTION;
