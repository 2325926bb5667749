-- Facts by month. A partition is filled or made beside its table and then attached, which locks no reader out.
-- These functions run as the owner of the facts, because only an owner may attach a partition.

CREATE FUNCTION ops.month_after(month_key integer) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN month_key % 100 = 12 THEN month_key + 89 ELSE month_key + 1 END;

COMMENT ON FUNCTION ops.month_after IS 'The month that follows, both as yyyymm.';

CREATE FUNCTION ops.months_between(first_month integer, last_month integer) RETURNS SETOF integer
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT to_char(series.month, 'YYYYMM')::integer
    FROM generate_series(
        to_date(first_month::text, 'YYYYMM')::timestamp, to_date(last_month::text, 'YYYYMM')::timestamp, interval '1 month'
    ) AS series (month);
END;

CREATE FUNCTION ops.partition_of(target regclass, month_key integer) RETURNS regclass
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT child.oid::regclass
    FROM pg_inherits AS link
    INNER JOIN pg_class AS child ON link.inhrelid = child.oid
    INNER JOIN pg_class AS parent ON link.inhparent = parent.oid
    WHERE link.inhparent = target AND child.relname = parent.relname || '_' || month_key;
END;

COMMENT ON FUNCTION ops.partition_of IS 'The partition of a fact for a month (yyyymm); null when there is none.';

CREATE FUNCTION ops.attach_month(target regclass, partition text, month_key integer) RETURNS void
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

CREATE FUNCTION ops.add_month(target regclass, month_key integer) RETURNS boolean
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

CREATE FUNCTION ops.ensure_partitions(first_key integer, last_key integer) RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT count(*) FILTER (WHERE ops.add_month(fact.oid, month.key))
    FROM pg_class AS fact, ops.months_between(first_key / 100, last_key / 100) AS month (key)
    WHERE fact.relkind = 'p' AND fact.relnamespace = 'public'::regnamespace;
END;

COMMENT ON FUNCTION ops.ensure_partitions IS
'Makes the monthly partitions of every fact from one day to another (yyyymmdd); how many were made.';

-- Fills months that have no partition yet: each is written in bulk, then indexed, then attached.
CREATE FUNCTION ops.fill_months(batch regclass, target regclass, months integer [], run_number bigint) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
DECLARE
    selected text := (
        SELECT string_agg(
            CASE
                WHEN attname = 'run_number' THEN format('%s::bigint AS run_number', run_number)
                WHEN attname = ANY(ops.columns_of(batch)) THEN format('%1$I::%2$s AS %1$I', attname, format_type(atttypid, NULL))
                ELSE format('NULL::%s AS %I', format_type(atttypid, NULL), attname)
            END, ', ' ORDER BY attnum
        )
        FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
    );
    promises text := concat_ws(
        ', ',
        (SELECT string_agg(format('ALTER COLUMN %I SET NOT NULL', attname), ', ')
        FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND attnotnull AND NOT attisdropped),
        (SELECT string_agg(format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), ', ')
        FROM pg_constraint WHERE conrelid = target AND contype = 'c')
    );
    month_key integer;
    partition text;
    written bigint;
    total bigint := 0;
BEGIN
    FOREACH month_key IN ARRAY months LOOP
        partition := ops.bare_name(target) || '_' || month_key;
        EXECUTE format(
            'CREATE TABLE public.%I AS SELECT %s FROM %s WHERE time_key BETWEEN %s AND %s',
            partition, selected, batch, month_key * 100, month_key * 100 + 99
        );
        GET DIAGNOSTICS written = ROW_COUNT;
        total := total + written;
        -- With its bounds proven once together with the rest, attaching needs no second look at the rows.
        EXECUTE format(
            'ALTER TABLE public.%I %s, ADD CONSTRAINT within_month CHECK (time_key >= %s AND time_key < %s)',
            partition, promises, month_key * 100, ops.month_after(month_key) * 100
        );
        PERFORM ops.attach_month(target, partition, month_key);
        EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT within_month', partition);
        EXECUTE format('ANALYZE public.%I', partition);
    END LOOP;
    PERFORM ops.mark_dirty(ops.bare_name(target), months);
    RETURN total;
END
$function$;

COMMENT ON FUNCTION ops.fill_months IS
'Makes and fills the partitions of months that a fact does not have yet; how many rows were written.';

-- Functions that run as the owner are for the loader only.
REVOKE ALL ON FUNCTION ops.add_month(regclass, integer) FROM public;
REVOKE ALL ON FUNCTION ops.fill_months(regclass, regclass, integer [], bigint) FROM public;
REVOKE ALL ON FUNCTION ops.keep_statistics(regclass, bigint) FROM public;
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        GRANT EXECUTE ON FUNCTION ops.add_month(regclass, integer) TO miyabi_etl;
        GRANT EXECUTE ON FUNCTION ops.fill_months(regclass, regclass, integer [], bigint) TO miyabi_etl;
        GRANT EXECUTE ON FUNCTION ops.keep_statistics(regclass, bigint) TO miyabi_etl;
    END IF;
END
$grants$;
