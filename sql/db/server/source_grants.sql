-- The reader of the source sees every table, those to come included, and can change none.
ALTER SCHEMA public OWNER TO miyabi_owner;
GRANT USAGE ON SCHEMA public TO miyabi_source;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO miyabi_source;
ALTER DEFAULT PRIVILEGES FOR ROLE miyabi_owner IN SCHEMA public GRANT SELECT ON TABLES TO miyabi_source;
