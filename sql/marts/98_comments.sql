-- A finished row means what the mart's row means, and so does a column of v_dora_recent.
DO $comments$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT
            twin.relation,
            attribute.attname AS name,
            COALESCE(
                col_description(original.attrelid, original.attnum),
                'Month (yyyymm) that the row was finished with.'
            ) AS meaning
        FROM (
            SELECT (state.mart || '_closed')::regclass AS relation, state.mart::regclass AS mart
            FROM ops.mart_state AS state
            UNION ALL
            SELECT 'v_dora_recent'::regclass, 'mart_dora'::regclass
        ) AS twin
        INNER JOIN pg_attribute AS attribute ON twin.relation = attribute.attrelid AND attribute.attnum > 0
        LEFT JOIN pg_attribute AS original ON twin.mart = original.attrelid AND attribute.attname = original.attname
        WHERE NOT attribute.attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', described.relation, described.name, described.meaning);
    END LOOP;
END
$comments$;
