CREATE OR REPLACE FUNCTION ops.take_fact_marks() RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    WITH taken AS (
        DELETE FROM ops.dirty_month AS mark
        WHERE NOT EXISTS (SELECT 1 FROM ops.mart_state AS state WHERE state.mart = mark.subject)
        RETURNING mark.subject, mark.month_key
    )

    INSERT INTO ops.dirty_month (subject, month_key)
    SELECT DISTINCT
        source.mart,
        taken.month_key
    FROM taken
    INNER JOIN ops.mart_source AS source ON taken.subject = source.subject
    ON CONFLICT (subject, month_key) DO UPDATE SET marked_at = clock_timestamp();
END;
COMMENT ON FUNCTION ops.take_fact_marks IS
'Hands the dirty months of fact tables on to the marts computed from them, so that each mart can be published at its own time.';
