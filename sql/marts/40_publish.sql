-- What publish does between the facts and the views, each mart in one transaction of its caller's: finishes months that have
-- become old, restates finished months whose facts changed, and says whether the view needs a refresh.

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

CREATE OR REPLACE FUNCTION ops.archived_months_of(mart_name text) RETURNS integer []
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT COALESCE(array_agg(DISTINCT archived.month_key), '{}')
    FROM ops.archived_month AS archived
    INNER JOIN ops.mart_source AS source ON archived.fact_table = source.subject
    WHERE source.mart = mart_name AND archived.state = 'archived';
END;
COMMENT ON FUNCTION ops.archived_months_of IS 'Months that cannot be computed any more, because facts of the mart are archived.';

-- Compares with what is there and writes the difference only, so that restating what has not changed writes nothing.
CREATE OR REPLACE FUNCTION ops.restate_month(mart_name text, month_key integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    written bigint;
BEGIN
    EXECUTE format(
        $sql$
        WITH fresh AS MATERIALIZED (
            SELECT * FROM %1$I($1, $1)
        ),

        kept AS MATERIALIZED (
            SELECT * FROM %2$I WHERE month_key = $1
        ),

        gone AS (
            DELETE FROM %2$I AS closed
            WHERE
                closed.month_key = $1
                AND NOT EXISTS (SELECT 1 FROM fresh WHERE fresh.* IS NOT DISTINCT FROM closed.*)
            RETURNING 1
        ),

        added AS (
            INSERT INTO %2$I
            SELECT * FROM fresh
            EXCEPT
            SELECT * FROM kept
            RETURNING 1
        )

        SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM added)
        $sql$,
        mart_name || '_rows', mart_name || '_closed'
    ) INTO written USING month_key;
    RETURN written;
END
$$;
COMMENT ON FUNCTION ops.restate_month IS 'Brings the closed rows of a month up to its facts; how many rows were removed and added.';

-- Which finished months of mart_dora a change in the given months can touch beyond themselves: a success ends failures of
-- before, takes over incidents from the success before it, and decides whether the next failure begins a run; a commit counts
-- in the month of its deployment; a week in the month in which it ends.
CREATE OR REPLACE FUNCTION ops.dora_reach(changed integer []) RETURNS SETOF integer
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    open_key integer := (SELECT state.open_from * 100 FROM ops.mart_state AS state WHERE state.mart = 'mart_dora');
BEGIN
IF changed = '{}' THEN
    RETURN;
END IF;
RETURN QUERY
WITH RECURSIVE repository (name) AS (
    SELECT min(closed.repository) FROM dora_deployment_closed AS closed
    UNION ALL
    SELECT (SELECT min(closed.repository) FROM dora_deployment_closed AS closed WHERE closed.repository > repository.name)
    FROM repository
    WHERE repository.name IS NOT NULL
),

-- As moments, by which deployments are indexed.
month AS (
    SELECT
        ops.first_day_of(unit.key)::timestamp AT TIME ZONE ops.business_zone() AS starts_at,
        (ops.last_day_of(unit.key) + 1)::timestamp AT TIME ZONE ops.business_zone() AS ends_at
    FROM unnest(changed) AS unit (key)
),

neighbour AS (
    SELECT
        success_before.time_key AS success_key,
        failure_before.time_key AS failure_key,
        after.time_key AS after_key
    FROM month
    INNER JOIN repository ON repository.name IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT done.time_key, done.deployed_at
        FROM dora_known_deployments(open_key) AS done
        WHERE
            done.repository = repository.name AND done.deployment_status = 'SUCCESS' AND done.deployed_at < month.starts_at
        ORDER BY done.deployed_at DESC
        LIMIT 1
    ) AS success_before ON TRUE
    LEFT JOIN LATERAL (
        SELECT done.time_key
        FROM dora_known_deployments(open_key) AS done
        WHERE
            done.repository = repository.name
            AND done.deployment_status IN ('FAILED', 'ROLLED_BACK')
            AND done.deployed_at < month.starts_at
            AND done.deployed_at >= COALESCE(success_before.deployed_at, '-infinity')
        ORDER BY done.deployed_at ASC
        LIMIT 1
    ) AS failure_before ON TRUE
    LEFT JOIN LATERAL (
        SELECT done.time_key
        FROM dora_known_deployments(open_key) AS done
        WHERE
            done.repository = repository.name
            AND done.deployment_status <> 'PARTIAL'
            AND done.deployed_at >= month.ends_at
        ORDER BY done.deployed_at ASC
        LIMIT 1
    ) AS after ON TRUE
),

touched (key) AS (
    SELECT unnest(changed)
    UNION
    SELECT unnest(ARRAY[neighbour.success_key, neighbour.failure_key, neighbour.after_key]) / 100
    FROM neighbour
    UNION
    SELECT change.deployed_time_key / 100
    FROM unnest(changed) AS month (key)
    INNER JOIN dora_commit_closed AS change ON change.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
)

SELECT touched.key FROM touched WHERE touched.key IS NOT NULL
UNION
SELECT ops.month_of((date_trunc('week', ops.last_day_of(touched.key)::timestamp) + INTERVAL '6 days')::date)
FROM touched
WHERE touched.key IS NOT NULL;
END
$$;
COMMENT ON FUNCTION ops.dora_reach IS 'Months of mart_dora that a change of events in the given months can touch, themselves included.';

CREATE OR REPLACE FUNCTION ops.keep_dora_events(months integer []) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    month_key integer;
    first_key integer;
    last_key integer;
    written bigint;
    deployments bigint := 0;
    commits bigint := 0;
BEGIN
    -- One month at a time, its days as plain values, so that the planner opens no other partition.
    FOREACH month_key IN ARRAY months LOOP
        first_key := month_key * 100;
        last_key := month_key * 100 + 99;
        DELETE FROM dora_deployment_closed AS closed
        WHERE
            closed.time_key BETWEEN first_key AND last_key
            AND NOT EXISTS (
                SELECT 1
                FROM fact_deployment AS fact
                WHERE
                    fact.deployment_id = closed.deployment_id
                    AND fact.time_key = closed.time_key
                    AND fact.time_key BETWEEN first_key AND last_key
                    AND fact.environment = 'production'
            );

        INSERT INTO dora_deployment_closed AS closed
        SELECT
            fact.deployment_id,
            fact.time_key,
            fact.issue_id,
            fact.issue_key,
            COALESCE(fact.repository, '(unknown)'),
            fact.deployment_status,
            fact.deployed_at
        FROM fact_deployment AS fact
        WHERE fact.time_key BETWEEN first_key AND last_key AND fact.environment = 'production'
        ON CONFLICT (deployment_id) DO UPDATE SET
            time_key = excluded.time_key,
            issue_id = excluded.issue_id,
            issue_key = excluded.issue_key,
            repository = excluded.repository,
            deployment_status = excluded.deployment_status,
            deployed_at = excluded.deployed_at
        WHERE closed.* IS DISTINCT FROM excluded.*;
        GET DIAGNOSTICS written = ROW_COUNT;
        deployments := deployments + written;

        DELETE FROM dora_commit_closed AS closed
        WHERE
            closed.time_key BETWEEN first_key AND last_key
            AND NOT EXISTS (
                SELECT 1
                FROM fact_code_change AS fact
                WHERE
                    fact.commit_sha = closed.commit_sha
                    AND fact.time_key = closed.time_key
                    AND fact.time_key BETWEEN first_key AND last_key
            );

        INSERT INTO dora_commit_closed AS closed
        SELECT
            fact.commit_sha,
            fact.time_key,
            fact.issue_id,
            COALESCE(fact.repository, '(unknown)'),
            fact.committed_at,
            fact.deployment_id,
            fact.deployed_at,
            fact.deployed_time_key
        FROM fact_code_change AS fact
        WHERE fact.time_key BETWEEN first_key AND last_key
        ON CONFLICT (commit_sha) DO UPDATE SET
            time_key = excluded.time_key,
            issue_id = excluded.issue_id,
            repository = excluded.repository,
            committed_at = excluded.committed_at,
            deployment_id = excluded.deployment_id,
            deployed_at = excluded.deployed_at,
            deployed_time_key = excluded.deployed_time_key
        WHERE closed.* IS DISTINCT FROM excluded.*;
        GET DIAGNOSTICS written = ROW_COUNT;
        commits := commits + written;
    END LOOP;
    PERFORM ops.keep_statistics('dora_deployment_closed', deployments);
    PERFORM ops.keep_statistics('dora_commit_closed', commits);
END
$$;
COMMENT ON FUNCTION ops.keep_dora_events IS 'Brings the kept deployments and commits of these months up to the facts.';

CREATE OR REPLACE FUNCTION ops.first_fact_month(mart_name text) RETURNS integer
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    subject_name text;
    found integer;
    earliest integer;
BEGIN
    FOR subject_name IN SELECT source.subject FROM ops.mart_source AS source WHERE source.mart = mart_name LOOP
        EXECUTE format('SELECT min(time_key) / 100 FROM %I', subject_name) INTO found;
        earliest := LEAST(earliest, found);
    END LOOP;
    IF mart_name = 'mart_dora' THEN
        earliest := LEAST(earliest, (
            SELECT ops.month_of((min(issue.source_created_at) AT TIME ZONE ops.business_zone())::date)
            FROM dim_issue AS issue
            WHERE issue.is_current AND issue.issue_type = ANY(ops.setting_words('incident_types', 'incident'))
        ));
    END IF;
    RETURN earliest;
END
$$;
COMMENT ON FUNCTION ops.first_fact_month IS 'Month of the first fact that the mart is computed from; null without one.';

CREATE OR REPLACE FUNCTION ops.mart_settings(mart_name text) RETURNS text
LANGUAGE sql STABLE
RETURN CASE
    WHEN mart_name = 'mart_dora' THEN concat_ws(
        ' ',
        ops.business_zone(),
        ops.setting_value('incident_types', 'incident'),
        ops.setting_value('rework_types', 'incident,hotfix'),
        'days:' || ops.setting_value('incident_attribution_days', '7')
    )
END;
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
    archived integer [] := ops.archived_months_of(mart_name);
    present_settings text := ops.mart_settings(mart_name);
    marked integer [];
    repairable integer [];
    units integer [];
    new_open integer;
    settings_changed boolean;
BEGIN
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

    units := repairable;
    IF mart_name = 'mart_dora' THEN
        -- Before and after the kept events changed: what the old rows touched and what the new ones do.
        units := units || ARRAY(SELECT ops.dora_reach(marked));
        PERFORM ops.keep_dora_events(repairable || months_closed);
    END IF;
    UPDATE ops.mart_state AS known
    SET
        open_from = new_open,
        last_day = GREATEST(known.last_day, loaded_day),
        settings = present_settings,
        published_at = clock_timestamp()
    WHERE known.mart = mart_name;
    IF mart_name = 'mart_dora' AND repairable || months_closed <> '{}' THEN
        units := units || ARRAY(SELECT ops.dora_reach(marked));
    END IF;
    IF settings_changed THEN
        EXECUTE format('SELECT $1 || ARRAY(SELECT DISTINCT month_key FROM %I)', mart_name || '_closed') INTO units USING units;
    END IF;

    -- mart_dora has kept the events of its archived months and can restate them: a recovery may come late.
    SELECT COALESCE(array_agg(DISTINCT unit.key ORDER BY unit.key), '{}') INTO months_restated
    FROM unnest(units) AS unit (key)
    WHERE
        unit.key < state.open_from
        AND (mart_name = 'mart_dora' OR unit.key <> ALL(archived));
    SELECT COALESCE(sum(ops.restate_month(mart_name, unit.key)), 0) INTO rows_written
    FROM unnest(months_restated || months_closed) AS unit (key);
    IF mart_name = 'mart_dora' AND (rows_written > 0 OR months_closed <> '{}' OR state.published_at IS NULL) THEN
        PERFORM ops.fill_dora_periods();
    END IF;

    DELETE FROM ops.dirty_month AS mark
    WHERE mark.subject = mart_name AND mark.month_key <> ALL(months_left);
    needs_refresh := settings_changed OR state.published_at IS NULL OR cardinality(marked) > cardinality(months_left)
        OR rows_written > 0 AND cardinality(months_restated) > 0
        OR mart_name = 'mart_dora' AND state.last_day IS DISTINCT FROM GREATEST(state.last_day, loaded_day);
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
    still_open integer;
BEGIN
    SELECT COALESCE(ops.month_of(ops.last_day_of(max(month.key)) + 1), 0) INTO still_open FROM unnest(kept) AS month (key);
    EXECUTE format('DELETE FROM %I WHERE month_key >= $1', mart_name || '_closed') USING still_open;
    IF mart_name = 'mart_dora' THEN
        DELETE FROM dora_deployment_closed WHERE time_key >= still_open * 100;
        DELETE FROM dora_commit_closed WHERE time_key >= still_open * 100;
    END IF;
    UPDATE ops.mart_state SET open_from = still_open, settings = NULL, published_at = NULL WHERE mart = mart_name;
    PERFORM ops.mark_dirty(
        mart_name,
        ARRAY(SELECT ops.months_between(ops.first_fact_month(mart_name), ops.month_of(ops.first_day_of(still_open) - 1)))
    );
END
$$;
COMMENT ON FUNCTION ops.reset_mart IS 'Forgets all finished rows of a mart but those of archived months, and what lies before these, which the next publish restates.';
