-- The loader owns the marts, so that it may refresh them on any server version; the analyst reads all of them.
DO $owners$
DECLARE
    mart text;
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname IN ('miyabi_etl', 'miyabi_analyst')) < 2 THEN
        RETURN;
    END IF;
    GRANT CREATE ON SCHEMA public TO miyabi_etl;
    FOR mart IN SELECT state.mart FROM ops.mart_state AS state LOOP
        EXECUTE format('ALTER MATERIALIZED VIEW public.%I OWNER TO miyabi_etl', mart);
        EXECUTE format('GRANT SELECT ON public.%I TO miyabi_analyst', mart);
    END LOOP;
    REVOKE CREATE ON SCHEMA public FROM miyabi_etl;
END
$owners$;
