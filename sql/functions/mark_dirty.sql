CREATE OR REPLACE FUNCTION ops.mark_dirty(subject text, months integer []) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO ops.dirty_month AS known (subject, month_key)
    SELECT DISTINCT mark_dirty.subject, changed.month_key
    FROM unnest(months) AS changed (month_key)
    WHERE changed.month_key IS NOT NULL
    ON CONFLICT ON CONSTRAINT dirty_month_pkey DO UPDATE SET marked_at = clock_timestamp();
END;
COMMENT ON FUNCTION ops.mark_dirty IS 'Notes the months whose facts changed, for the marts to restate.';
