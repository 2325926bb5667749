-- needs: columns_of, mark_dirty
-- A mart is written as the materialized view <mart>_new and then takes the place of the one that is there. Where nothing
-- differs the old one stays, and with it all that others have built on it.

CREATE OR REPLACE FUNCTION ops.place_mart(mart_name text) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $function$
DECLARE
    fresh regclass := (mart_name || '_new')::regclass;
    present regclass := to_regclass(quote_ident(mart_name));
BEGIN
    IF pg_get_viewdef(fresh) = pg_get_viewdef(present) THEN
        EXECUTE format('DROP MATERIALIZED VIEW %s', fresh);
    ELSE
        IF present IS NOT NULL THEN
            PERFORM ops.set_aside(present);
        END IF;
        EXECUTE format('ALTER MATERIALIZED VIEW %s RENAME TO %I', fresh, mart_name);
    END IF;
    EXECUTE format('REFRESH MATERIALIZED VIEW %I', mart_name);
    EXECUTE format(
        'CREATE UNIQUE INDEX IF NOT EXISTS %I ON %I (%s)', mart_name || '_grain', mart_name,
        (
            SELECT string_agg(quote_ident(listed.name), ', ')
            FROM ops.mart_definition AS known, unnest(known.grain) AS listed (name)
            WHERE known.mart = mart_name
        )
    );
END
$function$;
COMMENT ON FUNCTION ops.place_mart IS
'Puts the view <mart>_new in the place of the mart, unless they say the same, and fills it; what depends on it is set aside.';

CREATE OR REPLACE FUNCTION ops.copy_comments(model regclass, twin regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $function$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT attribute.attname AS name, col_description(model, original.attnum) AS meaning
        FROM pg_attribute AS attribute
        INNER JOIN pg_attribute AS original ON attribute.attname = original.attname AND original.attrelid = model
        WHERE attribute.attrelid = twin AND attribute.attnum > 0 AND original.attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', twin, described.name, described.meaning);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION ops.copy_comments IS 'Says of the columns of one relation what is said of those of another that are named the same.';

-- The loader owns the marts, so that it may refresh them on any server version; the analyst reads all of them. Only who may
-- make tables in a schema can be given one there.
CREATE OR REPLACE FUNCTION ops.finish_mart(mart_name text) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $function$
DECLARE
    closed regclass := (mart_name || '_closed')::regclass;
    finished integer [];
BEGIN
    EXECUTE format(
        'COMMENT ON TABLE %s IS %L', closed, format('Finished months of %s; its columns are described there.', mart_name)
    );
    EXECUTE format('COMMENT ON COLUMN %s.month_key IS %L', closed, 'Month (yyyymm) that the row was finished with.');
    PERFORM ops.copy_comments(mart_name::regclass, closed);
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('miyabi_etl', 'miyabi_analyst')) = 2 THEN
        GRANT CREATE ON SCHEMA public TO miyabi_etl;
        EXECUTE format('ALTER MATERIALIZED VIEW %I OWNER TO miyabi_etl', mart_name);
        EXECUTE format('GRANT SELECT ON %I TO miyabi_analyst', mart_name);
        REVOKE CREATE ON SCHEMA public FROM miyabi_etl;
    END IF;
    EXECUTE format('SELECT array_agg(DISTINCT month_key) FROM %s', closed) INTO finished;
    PERFORM ops.mark_dirty(mart_name, finished);
END
$function$;
COMMENT ON FUNCTION ops.finish_mart IS
'Describes the finished rows of a mart that was made, gives the mart to the loader and has all its finished months restated.';
