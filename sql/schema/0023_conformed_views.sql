-- Executions are conformed by a view of the rows extracted: what is read a million rows at a time is not written twice.

CREATE FUNCTION ops.month_start(month_key integer, zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_date(month_key::text, 'YYYYMM')::timestamp AT TIME ZONE zone;

COMMENT ON FUNCTION ops.month_start IS 'The first moment of a month (yyyymm) in a time zone.';

-- Rows can be taken out of a table, and named by their place in it; a view has neither.
CREATE FUNCTION ops.make_batch_table(name text) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    made text := 'made_' || name;
BEGIN
    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(quote_ident(name)) AND relkind = 'v') THEN
        EXECUTE format('CREATE UNLOGGED TABLE %I AS SELECT * FROM %I', made, name);
        EXECUTE format('DROP VIEW %I CASCADE', name);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', made, name);
        -- Months are found by a moment, in the table as in the rows that the view was of.
        EXECUTE format(
            'CREATE INDEX ON %I USING brin (%s)', name,
            (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
            WHERE attrelid = to_regclass(quote_ident(name)) AND attnum > 0 AND atttypid = 'timestamptz'::regtype)
        );
        EXECUTE format('ANALYZE %I', name);
    END IF;
END
$function$;

COMMENT ON FUNCTION ops.make_batch_table IS 'Makes a table of a view of the batch; a table stays as it is.';

DROP FUNCTION ops.fill_months(regclass, regclass, integer [], bigint);

-- Fills months that have no partition yet: each is written in bulk, then indexed, then attached.
--   moment   column of the batch whose day in `zone` is time_key: rows are found by it sooner than by a day worked out from it
CREATE FUNCTION ops.fill_months(
    batch regclass, target regclass, months integer [], run_number bigint, moment text, zone text
)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
-- One process looks up the keys while the other writes: a row's way between them costs less than the planner thinks.
SET parallel_setup_cost = 10
SET parallel_tuple_cost = 0.001
-- An index on a month is made sooner than a helper for it has started.
SET max_parallel_maintenance_workers = 0
-- A small sample shows the steps that follow what they need; maintenance looks again.
SET default_statistics_target = 5
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
            'CREATE TABLE public.%1$I AS SELECT %2$s FROM %3$s WHERE %4$I >= %5$L::timestamptz AND %4$I < %6$L::timestamptz',
            partition, selected, batch, moment, ops.month_start(month_key, zone), ops.month_start(ops.month_after(month_key), zone)
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

REVOKE ALL ON FUNCTION ops.fill_months(regclass, regclass, integer [], bigint, text, text) FROM public;
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        GRANT EXECUTE ON FUNCTION ops.fill_months(regclass, regclass, integer [], bigint, text, text) TO miyabi_etl;
    END IF;
END
$grants$;
