-- The two databases, each open to named roles only.
SELECT 'CREATE DATABASE miyabi OWNER miyabi_owner'
WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_database WHERE datname = 'miyabi')
\gexec

SELECT 'CREATE DATABASE miyabi_dw OWNER miyabi_owner'
WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_database WHERE datname = 'miyabi_dw')
\gexec

REVOKE ALL ON DATABASE miyabi, miyabi_dw FROM public;
GRANT CONNECT ON DATABASE miyabi TO miyabi_source;
GRANT CONNECT, TEMPORARY ON DATABASE miyabi_dw TO miyabi_etl, miyabi_analyst;
