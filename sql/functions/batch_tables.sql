-- The tables of a batch, which live in the schema of its run.

-- A batch table shaped like the rows that a query of the source returns.
CREATE OR REPLACE FUNCTION ops.create_batch_table(name text, columns text [], type_oids oid []) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', name);
    EXECUTE format(
        'CREATE UNLOGGED TABLE %I (%s)', name,
        (SELECT string_agg(format('%I %s', listed.name, format_type(listed.type, NULL)), ', ' ORDER BY listed.place)
        FROM unnest(columns, type_oids) WITH ORDINALITY AS listed (name, type, place))
    );
END
$function$;
COMMENT ON FUNCTION ops.create_batch_table IS 'Makes an unlogged table with the columns and types of a query of the source.';

-- Rows can be taken out of a table, and named by their place in it; a view has neither.
CREATE OR REPLACE FUNCTION ops.make_batch_table(name text) RETURNS void
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
