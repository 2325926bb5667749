-- A cursor takes one statement that returns rows: several of them, or one that writes, cannot be opened. Rows are fetched one by one,
-- so that neither their number nor their size is held by anybody.
CREATE OR REPLACE FUNCTION ops.bounded_rows(
    statement text, most_rows integer, most_bytes bigint
) RETURNS SETOF json
LANGUAGE plpgsql
AS $function$
DECLARE
    opened refcursor;
    fetched record;
    shown json;
    bytes bigint := 0;
BEGIN
    OPEN opened FOR EXECUTE statement;
    FOR taken IN 0 .. most_rows LOOP
        FETCH opened INTO fetched;
        EXIT WHEN NOT FOUND;
        shown := row_to_json(fetched);
        bytes := bytes + octet_length(shown::text);
        IF taken = most_rows OR bytes > most_bytes THEN
            RETURN NEXT NULL;
            EXIT;
        END IF;
        RETURN NEXT shown;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION ops.bounded_rows IS
'The first rows of one statement that somebody else wrote, with the caller''s rights; a null at the end says that there were more.';
