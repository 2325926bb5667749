-- Identifiers of a staged table that lie in the window by any of their moments.
CREATE OR REPLACE FUNCTION ops.ids_in_window(relation regclass, window_start timestamptz, window_end timestamptz)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT id FROM %s WHERE %s', relation,
        (SELECT string_agg(format('(%1$I >= $1 AND %1$I < $2)', attname), ' OR ')
        FROM pg_attribute
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypid = 'timestamptz'::regtype)
    ) USING window_start, window_end;
END
$function$;
COMMENT ON FUNCTION ops.ids_in_window IS 'Identifiers of a staged table that lie in a window by any of their moments.';
