-- What the catalogue says of a table, as the statements that are made at run time ask for it.

CREATE OR REPLACE FUNCTION ops.bare_name(relation regclass) RETURNS text
LANGUAGE sql STABLE
RETURN (SELECT known.relname::text FROM pg_class AS known WHERE known.oid = relation);
COMMENT ON FUNCTION ops.bare_name IS 'The name of a table without its schema, whatever the search path.';

CREATE OR REPLACE FUNCTION ops.columns_of(relation regclass) RETURNS text []
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(attribute.attname::text ORDER BY attribute.attnum)
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = relation AND attribute.attnum > 0 AND NOT attribute.attisdropped;
END;
COMMENT ON FUNCTION ops.columns_of IS 'The columns of a table in their order.';

CREATE OR REPLACE FUNCTION ops.column_list(alias text, names text []) RETURNS text
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT string_agg(format('%s.%I', alias, listed.name), ', ' ORDER BY listed.place)
    FROM unnest(names) WITH ORDINALITY AS listed (name, place);
END;
COMMENT ON FUNCTION ops.column_list IS 'Columns as SQL lists them, each after the alias of its table.';
