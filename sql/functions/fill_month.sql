-- New months are filled by several connections at once, each month as a table of the batch; the load attaches them all.

-- Writes one month of a batch as a table beside it, with all that its fact asks of a partition; how many rows it has.
--   moment   column of the batch whose day in `zone` is time_key: rows are found by it sooner than by a day worked out from it
CREATE OR REPLACE FUNCTION ops.fill_month(
    batch regclass, target regclass, month_key integer, run_number bigint, moment text, zone text
)
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
-- Other months are filled meanwhile: helpers would take the processors from these.
SET max_parallel_workers_per_gather = 0
SET max_parallel_maintenance_workers = 0
-- A small sample shows the steps that follow what they need; maintenance looks again.
SET default_statistics_target = 5
AS $function$
DECLARE
    filled text := (
        SELECT format('%s.%I', relnamespace::regnamespace, ops.bare_name(target) || '_' || month_key)
        FROM pg_class WHERE oid = batch
    );
    selected text := (
        SELECT string_agg(
            CASE
                WHEN attname = 'run_number' THEN format('%s::bigint AS run_number', run_number)
                -- The month is known: only the day in it is left to be found, without a text in between.
                WHEN attname = 'time_key' THEN format(
                    '(%s + date_part(''day'', %I AT TIME ZONE %L))::integer AS time_key', month_key * 100, moment, zone
                )
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
        FROM pg_constraint WHERE conrelid = target AND contype = 'c'),
        (SELECT format('ADD %s', pg_get_constraintdef(oid))
        FROM pg_constraint WHERE conrelid = target AND contype = 'p'),
        -- With its bounds proven once together with the rest, attaching needs no second look at the rows.
        format(
            'ADD CONSTRAINT within_month CHECK (time_key >= %s AND time_key < %s)',
            month_key * 100, ops.month_after(month_key) * 100
        )
    );
    index_definition text;
    written bigint;
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %s', filled);
    EXECUTE format(
        'CREATE TABLE %1$s AS SELECT %2$s FROM %3$s WHERE %4$I >= %5$L::timestamptz AND %4$I < %6$L::timestamptz',
        filled, selected, batch, moment, ops.month_start(month_key, zone), ops.month_start(ops.month_after(month_key), zone)
    );
    GET DIAGNOSTICS written = ROW_COUNT;
    EXECUTE format('ALTER TABLE %s %s', filled, promises);
    FOR index_definition IN
        SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = target AND NOT indisprimary
    LOOP
        EXECUTE regexp_replace(index_definition, ' INDEX \S+ ON ONLY \S+ USING ', format(' INDEX ON %s USING ', filled));
    END LOOP;
    EXECUTE format('ANALYZE %s', filled);
    RETURN written;
END
$function$;
COMMENT ON FUNCTION ops.fill_month IS
'Fills a month that a fact does not have yet, as a table in the schema of the batch; how many rows were written.';

-- The table has all constraints and indexes of the fact, so that attaching it writes the catalogue alone.
CREATE OR REPLACE FUNCTION ops.attach_filled(batch_schema text, target regclass, months integer []) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
DECLARE
    month_key integer;
    partition text;
BEGIN
    FOREACH month_key IN ARRAY months LOOP
        partition := ops.bare_name(target) || '_' || month_key;
        EXECUTE format('ALTER TABLE %I.%I SET SCHEMA public', batch_schema, partition);
        PERFORM ops.attach_month(target, partition, month_key);
        EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT within_month', partition);
    END LOOP;
    PERFORM ops.mark_dirty(ops.bare_name(target), months);
END
$function$;
COMMENT ON FUNCTION ops.attach_filled IS 'Makes the months that were filled beside a fact partitions of it.';

-- What runs as the owner is for the loader only.
REVOKE ALL ON FUNCTION ops.fill_month(regclass, regclass, integer, bigint, text, text) FROM public;
REVOKE ALL ON FUNCTION ops.attach_filled(text, regclass, integer []) FROM public;
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        GRANT EXECUTE ON FUNCTION ops.fill_month(regclass, regclass, integer, bigint, text, text) TO miyabi_etl;
        GRANT EXECUTE ON FUNCTION ops.attach_filled(text, regclass, integer []) TO miyabi_etl;
    END IF;
END
$grants$;
