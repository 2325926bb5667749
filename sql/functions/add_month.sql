-- needs: columns_of, lock_target, mark_dirty, month_of
-- Facts by month. A partition is made beside its table and then attached, which locks no reader out. Only the owner of a
-- fact may attach one.

CREATE OR REPLACE FUNCTION ops.partition_of(target regclass, month_key integer) RETURNS regclass
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT child.oid::regclass
    FROM pg_inherits AS link
    INNER JOIN pg_class AS child ON link.inhrelid = child.oid
    INNER JOIN pg_class AS parent ON link.inhparent = parent.oid
    WHERE link.inhparent = target AND child.relname = parent.relname || '_' || month_key;
END;
COMMENT ON FUNCTION ops.partition_of IS 'The partition of a fact for a month (yyyymm); null when there is none.';

CREATE OR REPLACE FUNCTION ops.attach_month(target regclass, partition text, month_key integer) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $function$
BEGIN
    EXECUTE format(
        'ALTER TABLE %s ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%s)',
        target, partition, month_key * 100, ops.month_after(month_key) * 100
    );
END
$function$;
COMMENT ON FUNCTION ops.attach_month IS 'Attaches a table as the partition of a fact for a month (yyyymm).';

CREATE OR REPLACE FUNCTION ops.add_month(target regclass, month_key integer) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
DECLARE
    partition text := ops.bare_name(target) || '_' || month_key;
BEGIN
    IF month_key NOT BETWEEN 197001 AND 209912 OR month_key % 100 NOT BETWEEN 1 AND 12 THEN
        RAISE EXCEPTION 'no partition is made for the month %', month_key;
    END IF;
    PERFORM ops.lock_target(ops.bare_name(target));
    IF ops.partition_of(target, month_key) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE %s INCLUDING ALL EXCLUDING STATISTICS EXCLUDING COMMENTS)', partition, target);
    PERFORM ops.attach_month(target, partition, month_key);
    RETURN true;
END
$function$;
COMMENT ON FUNCTION ops.add_month IS 'Makes the partition of a fact for a month (yyyymm) unless it is there; true when it was made.';

CREATE OR REPLACE FUNCTION ops.ensure_partitions(first_key integer, last_key integer) RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT count(*) FILTER (WHERE ops.add_month(fact.oid, month.key))
    FROM pg_class AS fact, ops.months_between(first_key / 100, last_key / 100) AS month (key)
    WHERE fact.relkind = 'p' AND fact.relnamespace = 'public'::regnamespace;
END;
COMMENT ON FUNCTION ops.ensure_partitions IS
'Makes the monthly partitions of every fact from one day to another (yyyymmdd); how many were made.';

-- The rows of a month's days leave the fact and wait in the schema recovery; those that wait there from an earlier try stay.
CREATE OR REPLACE FUNCTION ops.replace_days(target regclass, month_key integer) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
DECLARE
    fact text := ops.bare_name(target);
    waiting text := format('recovery.%I', fact || '_' || month_key);
    days text;
    removed bigint;
BEGIN
    UPDATE ops.recovering_month AS wanted
    SET replaced_at = clock_timestamp()
    WHERE wanted.fact_table = fact AND wanted.month_key = replace_days.month_key
    RETURNING format('time_key BETWEEN %s AND %s', wanted.first_key, wanted.last_key) INTO STRICT days;
    IF to_regclass(waiting) IS NULL AND ops.partition_of(target, month_key) IS NOT NULL THEN
        EXECUTE format('CREATE TABLE %s AS SELECT * FROM %s WHERE %s', waiting, target, days);
    END IF;
    EXECUTE format('DELETE FROM %s WHERE %s', target, days);
    GET DIAGNOSTICS removed = ROW_COUNT;
    PERFORM ops.mark_dirty(fact, ARRAY[month_key]);
    RETURN removed;
END
$function$;
COMMENT ON FUNCTION ops.replace_days IS
'Takes the days of a month (yyyymm) that a recovery wants made again out of a fact; how many rows. They wait in the schema recovery.';

-- What runs as the owner is for the loader only.
REVOKE ALL ON FUNCTION ops.add_month(regclass, integer) FROM public;
REVOKE ALL ON FUNCTION ops.replace_days(regclass, integer) FROM public;
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        GRANT EXECUTE ON FUNCTION ops.add_month(regclass, integer) TO miyabi_etl;
        GRANT EXECUTE ON FUNCTION ops.replace_days(regclass, integer) TO miyabi_etl;
    END IF;
END
$grants$;
