-- Archiving changes no mart row: a month leaves the facts only after each mart computed from it has finished with it.
CREATE OR REPLACE FUNCTION ops.refuse_archiving_unpublished() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM ops.mart_source AS source
        INNER JOIN ops.mart_state AS state ON source.mart = state.mart
        WHERE
            source.subject = new.fact_table
            AND (
                state.open_from <= new.month_key
                OR EXISTS (
                    SELECT 1
                    FROM ops.dirty_month AS mark
                    WHERE mark.month_key = new.month_key AND mark.subject IN (source.mart, source.subject)
                )
            )
    ) THEN
        RAISE EXCEPTION 'month % of % cannot be archived before the marts are published', new.month_key, new.fact_table
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Publish the marts first.';
    END IF;
    RETURN new;
END
$$;
COMMENT ON FUNCTION ops.refuse_archiving_unpublished IS 'Refuses to archive a month that a mart still computes from its facts.';

CREATE OR REPLACE TRIGGER marts_are_published BEFORE INSERT OR UPDATE OF state ON ops.archived_month
FOR EACH ROW
WHEN (new.state = 'archived')
EXECUTE FUNCTION ops.refuse_archiving_unpublished();
