-- The columns of a mart are written once, in the query that computes them: from it come the function that computes rows and
-- the table that keeps finished ones. All goes by name; a column that the query gained is added to the table.

-- Columns and types that a query has whose parameters are written as `arguments`, "first_month integer, last_month integer".
CREATE OR REPLACE FUNCTION ops.columns_of_query(body text, arguments text)
RETURNS TABLE (name text, type text)
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $function$
DECLARE
    asked text := (
        SELECT string_agg(format('NULL::%2$s AS %1$I', argument.words[1], argument.words[2]), ', ')
        FROM unnest(string_to_array(arguments, ', ')) AS listed (words),
        LATERAL regexp_match(listed.words, '^(\S+) (.+)$') AS argument (words)
    );
BEGIN
    EXECUTE format(
        'CREATE TEMP VIEW query_to_define AS SELECT made.* FROM (SELECT %s) AS asked CROSS JOIN LATERAL (%s) AS made',
        asked, body
    );
    RETURN QUERY
    SELECT attribute.attname::text, format_type(attribute.atttypid, attribute.atttypmod)
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = 'pg_temp.query_to_define'::regclass AND attribute.attnum > 0
    ORDER BY attribute.attnum;
    DROP VIEW pg_temp.query_to_define;
END
$function$;
COMMENT ON FUNCTION ops.columns_of_query IS 'Names and types of a query''s columns.';

-- Only the columns that name a row must have a value: a figure that is added later is not known of archived months.
--   computes  function that computes the rows, where it is not <mart>_rows; `arguments` are its parameters
CREATE OR REPLACE FUNCTION ops.define_mart_rows(
    mart_name text,
    body text,
    computes text DEFAULT NULL,
    arguments text DEFAULT 'first_month integer, last_month integer'
)
RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $function$
DECLARE
    closed text := mart_name || '_closed';
    grain text [] := (SELECT known.grain FROM ops.mart_definition AS known WHERE known.mart = mart_name);
    defined record;
    names text [] := '{}';
    surplus text;
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I ()', closed);
    FOR defined IN SELECT query.* FROM ops.columns_of_query(body, arguments) AS query LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS %I %s', closed, defined.name, defined.type);
        EXECUTE format(
            'ALTER TABLE %I ALTER COLUMN %I %s NOT NULL', closed, defined.name,
            CASE WHEN defined.name = ANY(ARRAY['month_key'] || grain) THEN 'SET' ELSE 'DROP' END
        );
        names := names || defined.name;
    END LOOP;
    SELECT string_agg(listed.name, ', ') INTO surplus
    FROM unnest(ops.columns_of(closed::regclass)) AS listed (name)
    WHERE listed.name <> ALL(names);
    IF surplus IS NOT NULL THEN
        RAISE EXCEPTION 'the query of % lacks columns that % has: %', mart_name, closed, surplus
            USING HINT = 'Drop them from the table in a migration.';
    END IF;
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (month_key)', closed || '_month', closed);

    EXECUTE format(
        'CREATE OR REPLACE FUNCTION %I(%s) RETURNS SETOF %I LANGUAGE plpgsql STABLE
        SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
        AS %L',
        COALESCE(computes, mart_name || '_rows'), arguments, closed,
        format(
            E'BEGIN\nRETURN QUERY\nSELECT %s\nFROM (%s) AS made;\nEND',
            ops.column_list('made', ops.columns_of(closed::regclass)), body
        )
    );
END
$function$;
COMMENT ON FUNCTION ops.define_mart_rows IS
'Makes the function that computes a mart''s rows, and the table of its finished ones, from the query that says what they are.';
