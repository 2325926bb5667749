-- needs: columns_of, month_of, mark_dirty, register_mart
-- What publish does between the facts and the views, each mart in one transaction of its caller's: finishes months that have
-- become old, restates finished months whose facts changed, and says whether the view needs a refresh.

CREATE OR REPLACE FUNCTION ops.archived_months_of(mart_name text) RETURNS integer []
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT COALESCE(array_agg(DISTINCT archived.month_key), '{}')
    FROM ops.archived_month AS archived
    INNER JOIN ops.mart_source AS source ON archived.fact_table = source.subject
    WHERE source.mart = mart_name AND archived.state = 'archived';
END;
COMMENT ON FUNCTION ops.archived_months_of IS 'Months that cannot be computed any more, because facts of the mart are archived.';

CREATE OR REPLACE FUNCTION ops.first_fact_month(mart_name text) RETURNS integer
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    subject_name text;
    first_event text := ops.mart_function(mart_name, 'first_month');
    found integer;
    earliest integer;
BEGIN
    FOR subject_name IN SELECT source.subject FROM ops.mart_source AS source WHERE source.mart = mart_name LOOP
        EXECUTE format('SELECT min(time_key) / 100 FROM %I', subject_name) INTO found;
        earliest := LEAST(earliest, found);
    END LOOP;
    IF first_event IS NOT NULL THEN
        EXECUTE format('SELECT %s()', first_event) INTO found;
        earliest := LEAST(earliest, found);
    END IF;
    RETURN earliest;
END
$$;
COMMENT ON FUNCTION ops.first_fact_month IS 'Month of the first fact or event that the mart is computed from; null without one.';

-- Compares with what is there and writes the difference only, so that restating what has not changed writes nothing.
CREATE OR REPLACE FUNCTION ops.restate_month(mart_name text, month_key integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    closed text := mart_name || '_closed';
    columns text [] := ops.columns_of(closed::regclass);
    written bigint;
BEGIN
    EXECUTE format(
        $sql$
        WITH fresh AS MATERIALIZED (
            SELECT computed.* FROM %1$I($1, $1) AS computed
        ),

        kept AS MATERIALIZED (
            SELECT closed.* FROM %2$I AS closed WHERE closed.month_key = $1
        ),

        gone AS (
            DELETE FROM %2$I AS closed
            WHERE
                closed.month_key = $1
                AND NOT EXISTS (SELECT 1 FROM fresh WHERE fresh.* IS NOT DISTINCT FROM closed.*)
            RETURNING 1
        ),

        added AS (
            INSERT INTO %2$I (%3$s)
            SELECT %4$s FROM fresh
            EXCEPT
            SELECT %5$s FROM kept
            RETURNING 1
        )

        SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM added)
        $sql$,
        mart_name || '_rows', closed,
        (SELECT string_agg(quote_ident(listed.name), ', ') FROM unnest(columns) AS listed (name)),
        ops.column_list('fresh', columns), ops.column_list('kept', columns)
    ) INTO written USING month_key;
    RETURN written;
END
$$;
COMMENT ON FUNCTION ops.restate_month IS 'Brings the closed rows of a month up to its facts; how many rows were removed and added.';

-- What changed in these months may have touched others; a mart of whose events this holds says which.
CREATE OR REPLACE FUNCTION ops.months_reached(mart_name text, changed integer []) RETURNS integer []
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    reach text := ops.mart_function(mart_name, 'reach', 'integer[]');
    reached integer [] := '{}';
BEGIN
    IF reach IS NOT NULL THEN
        EXECUTE format('SELECT ARRAY(SELECT %s($1))', reach) INTO reached USING changed;
    END IF;
    RETURN reached;
END
$$;
COMMENT ON FUNCTION ops.months_reached IS 'Finished months that changes in the given months can touch beyond themselves; none for most marts.';

CREATE OR REPLACE FUNCTION ops.mart_settings(mart_name text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    settings_of text := ops.mart_function(mart_name, 'settings');
    present text;
BEGIN
    IF settings_of IS NOT NULL THEN
        EXECUTE format('SELECT %s()', settings_of) INTO present;
    END IF;
    RETURN present;
END
$$;
COMMENT ON FUNCTION ops.mart_settings IS 'The settings that a mart''s rows depend on, as one text; null when on none.';

CREATE OR REPLACE FUNCTION ops.publish_mart(
    mart_name text,
    wanted_open integer,
    loaded_day date,
    OUT months_closed integer [],
    OUT months_restated integer [],
    OUT months_left integer [],
    OUT rows_written bigint,
    OUT needs_refresh boolean
)
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    state ops.mart_state;
    definition ops.mart_definition;
    archived integer [] := ops.archived_months_of(mart_name);
    present_settings text := ops.mart_settings(mart_name);
    keep text := ops.mart_function(mart_name, 'keep', 'integer[]');
    complete text := ops.mart_function(mart_name, 'complete');
    marked integer [];
    repairable integer [];
    units integer [];
    new_open integer;
    settings_changed boolean;
BEGIN
    SELECT known.* INTO STRICT definition FROM ops.mart_definition AS known WHERE known.mart = mart_name;
    SELECT known.* INTO STRICT state FROM ops.mart_state AS known WHERE known.mart = mart_name FOR UPDATE;
    SELECT COALESCE(array_agg(mark.month_key), '{}') INTO marked FROM ops.dirty_month AS mark WHERE mark.subject = mart_name;
    new_open := GREATEST(state.open_from, wanted_open);
    settings_changed := state.settings IS DISTINCT FROM present_settings;
    months_closed := ARRAY(
        SELECT ops.months_between(
            CASE WHEN state.open_from > 0 THEN state.open_from ELSE ops.first_fact_month(mart_name) END,
            ops.month_of(ops.first_day_of(new_open) - 1)
        )
    );
    -- A month that is archived keeps its rows and its mark: it cannot be computed until it is restored.
    SELECT
        COALESCE(array_agg(mark.key ORDER BY mark.key) FILTER (WHERE mark.key = ANY(archived)), '{}'),
        COALESCE(
            array_agg(mark.key ORDER BY mark.key) FILTER (WHERE mark.key < state.open_from AND mark.key <> ALL(archived)),
            '{}'
        )
    INTO months_left, repairable
    FROM unnest(marked) AS mark (key);

    -- Before and after what is kept changed: what the old events touched and what the new ones do.
    units := repairable || ops.months_reached(mart_name, marked);
    IF keep IS NOT NULL THEN
        EXECUTE format('SELECT %s($1)', keep) USING repairable || months_closed;
    END IF;
    UPDATE ops.mart_state AS known
    SET
        open_from = new_open,
        last_day = GREATEST(known.last_day, loaded_day),
        settings = present_settings,
        published_at = clock_timestamp()
    WHERE known.mart = mart_name;
    IF repairable || months_closed <> '{}' THEN
        units := units || ops.months_reached(mart_name, marked);
    END IF;
    IF settings_changed THEN
        EXECUTE format('SELECT $1 || ARRAY(SELECT DISTINCT month_key FROM %I)', mart_name || '_closed') INTO units USING units;
    END IF;

    -- A mart that has kept the events of its archived months can restate them: a recovery may come late.
    SELECT COALESCE(array_agg(DISTINCT unit.key ORDER BY unit.key), '{}') INTO months_restated
    FROM unnest(units) AS unit (key)
    WHERE
        unit.key < state.open_from
        AND (definition.keeps_events OR unit.key <> ALL(archived));
    SELECT COALESCE(sum(ops.restate_month(mart_name, unit.key)), 0) INTO rows_written
    FROM unnest(months_restated || months_closed) AS unit (key);
    IF complete IS NOT NULL AND (rows_written > 0 OR months_closed <> '{}' OR state.published_at IS NULL) THEN
        EXECUTE format('SELECT %s()', complete);
    END IF;

    DELETE FROM ops.dirty_month AS mark
    WHERE mark.subject = mart_name AND mark.month_key <> ALL(months_left);
    needs_refresh := settings_changed OR state.published_at IS NULL OR cardinality(marked) > cardinality(months_left)
        OR rows_written > 0 AND cardinality(months_restated) > 0
        OR definition.follows_days AND state.last_day IS DISTINCT FROM GREATEST(state.last_day, loaded_day);
END
$$;
COMMENT ON FUNCTION ops.publish_mart IS
'Finishes, restates and unmarks months of a mart so that its refresh reads only months from wanted_open (yyyymm) on from the facts.';

CREATE OR REPLACE FUNCTION ops.reset_mart(mart_name text) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    -- What is archived cannot be computed again.
    kept integer [] := ops.archived_months_of(mart_name);
    forget text := ops.mart_function(mart_name, 'forget', 'integer');
    still_open integer;
BEGIN
    SELECT COALESCE(ops.month_of(ops.last_day_of(max(month.key)) + 1), 0) INTO still_open FROM unnest(kept) AS month (key);
    EXECUTE format('DELETE FROM %I WHERE month_key >= $1', mart_name || '_closed') USING still_open;
    IF forget IS NOT NULL THEN
        EXECUTE format('SELECT %s($1)', forget) USING still_open;
    END IF;
    UPDATE ops.mart_state SET open_from = still_open, settings = NULL, published_at = NULL WHERE mart = mart_name;
    PERFORM ops.mark_dirty(
        mart_name,
        ARRAY(SELECT ops.months_between(ops.first_fact_month(mart_name), ops.month_of(ops.first_day_of(still_open) - 1)))
    );
END
$$;
COMMENT ON FUNCTION ops.reset_mart IS 'Forgets all finished rows of a mart but those of archived months, and what lies before these, which the next publish restates.';
