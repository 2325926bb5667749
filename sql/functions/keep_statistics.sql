CREATE OR REPLACE FUNCTION ops.keep_statistics(target regclass, written bigint) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
DECLARE
    outdated regclass;
BEGIN
    IF written = 0 THEN
        RETURN;
    END IF;
    FOR outdated IN
        SELECT known.oid FROM pg_class AS known
        WHERE known.oid = target AND known.relkind = 'r' AND written > 500 + 0.2 * known.reltuples
        UNION ALL
        SELECT child.oid FROM pg_inherits AS link INNER JOIN pg_class AS child ON link.inhrelid = child.oid
        WHERE link.inhparent = target AND child.reltuples < 0 AND pg_relation_size(child.oid) > 0
    LOOP
        EXECUTE format('ANALYZE %s', outdated);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION ops.keep_statistics IS
'Has the planner look again at a table of which a good part was just written, and at its new partitions.';

-- What runs as the owner is for the loader only.
REVOKE ALL ON FUNCTION ops.keep_statistics(regclass, bigint) FROM public;
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        GRANT EXECUTE ON FUNCTION ops.keep_statistics(regclass, bigint) TO miyabi_etl;
    END IF;
END
$grants$;
