-- Which periods there are, those without an event included.

CREATE OR REPLACE FUNCTION dora_periods(first_day date, last_day date)
RETURNS TABLE (period_kind text, period_start date, period_end date)
LANGUAGE sql IMMUTABLE
AS $$
SELECT
    kind.name,
    step.starts::date,
    (step.starts + kind.length - INTERVAL '1 day')::date
FROM (VALUES ('day', INTERVAL '1 day'), ('week', INTERVAL '7 days'), ('month', INTERVAL '1 month')) AS kind (name, length)
CROSS JOIN generate_series(date_trunc(kind.name, first_day::timestamp), last_day::timestamp, kind.length) AS step (starts)
$$;
COMMENT ON FUNCTION dora_periods IS
'Days, ISO weeks and months from the one that the first day lies in to the one that the last day lies in.';

-- A day counts as loaded once each table that DORA's numbers come from was read to its end.
CREATE OR REPLACE FUNCTION dora_loaded_days() RETURNS TABLE (day date)
LANGUAGE sql STABLE
AS $$
SELECT loaded.day
FROM ops.loaded_day AS loaded
WHERE loaded.source_table IN ('issues', 'commits', 'deployment_pipelines')
GROUP BY loaded.day
HAVING count(*) = 3
$$;
COMMENT ON FUNCTION dora_loaded_days IS 'Business days of which issues, commits and deployments were all loaded.';

CREATE OR REPLACE FUNCTION dora_covered_periods()
RETURNS TABLE (period_kind text, period_start date, loaded_days integer)
LANGUAGE sql STABLE
AS $$
SELECT
    kind.name,
    date_trunc(kind.name, loaded.day::timestamp)::date,
    count(*)::integer
FROM public.dora_loaded_days() AS loaded
CROSS JOIN (VALUES ('day'), ('week'), ('month')) AS kind (name)
GROUP BY 1, 2
$$;
COMMENT ON FUNCTION dora_covered_periods IS 'Days, ISO weeks and months with a loaded day, and how many of their days were loaded.';

-- What stands between the source and its numbers: a deployment that may be one of production, an issue that may be an incident.
CREATE OR REPLACE FUNCTION dora_quarantined()
RETURNS TABLE (quarantine_id bigint, what text, day date, repository text)
LANGUAGE sql STABLE
AS $$
SELECT
    waiting.quarantine_id,
    CASE waiting.source_table WHEN 'issues' THEN 'incident' ELSE 'deployment' END,
    (
        COALESCE(
            CASE
                WHEN waiting.content ->> 'deployed_at' ~ '^\d{4}-\d\d-\d\dT'
                    THEN (waiting.content ->> 'deployed_at')::timestamp AT TIME ZONE ops.setting_value('source_timezone', 'UTC')
            END,
            waiting.event_at
        ) AT TIME ZONE ops.business_zone()
    )::date,
    ops.shown_repository(COALESCE(ops.repository_name(waiting.content ->> 'repository'), issue.repository))
FROM ops.quarantine AS waiting
LEFT JOIN public.dim_issue AS issue
    ON
        waiting.source_table = 'deployment_pipelines'
        AND waiting.content ->> 'issue_id' = issue.issue_id::text
        AND issue.is_current
WHERE
    waiting.state = 'open'
    AND waiting.field IS NULL
    AND (
        (
            waiting.source_table = 'deployment_pipelines'
            AND COALESCE(ops.environment_name(waiting.content ->> 'environment'), 'production') = 'production'
        )
        OR (
            waiting.source_table = 'issues'
            AND ops.issue_kinds(waiting.content ->> 'issue_type', NULL) && ops.setting_kinds('incident_types', 'incident')
        )
    )
$$;
COMMENT ON FUNCTION dora_quarantined IS
'Deployments and incidents that wait in quarantine as whole rows: the business day that each would count in, null when unknown, and its repository.';

CREATE OR REPLACE FUNCTION dora_quarantined_periods()
RETURNS TABLE (
    period_kind text, period_start date, repository text, quarantined_deployments integer, quarantined_incidents integer
)
LANGUAGE sql STABLE
AS $$
SELECT
    kind.name,
    date_trunc(kind.name, waiting.day::timestamp)::date,
    place.repository,
    (count(*) FILTER (WHERE waiting.what = 'deployment'))::integer,
    (count(*) FILTER (WHERE waiting.what = 'incident'))::integer
FROM public.dora_quarantined() AS waiting
CROSS JOIN (VALUES ('day'), ('week'), ('month')) AS kind (name)
CROSS JOIN LATERAL (VALUES (waiting.repository), ('(all)')) AS place (repository)
WHERE isfinite(waiting.day)
GROUP BY 1, 2, 3
$$;
COMMENT ON FUNCTION dora_quarantined_periods IS 'How many deployments and incidents of each period and repository wait in quarantine; (all) for all together.';

-- A period that becomes known, or whose rows enter or leave quarantine, is shown by the next publish. Archived months keep no
-- mark: their rows take it up with the next refresh.
CREATE OR REPLACE FUNCTION ops.mart_dora_mark_periods(days date []) RETURNS void
LANGUAGE sql
AS $$
    SELECT ops.mark_dirty('mart_dora', array_agg(DISTINCT ops.month_of(changed.day)))
    FROM unnest(days) AS changed (day)
    WHERE isfinite(changed.day) AND ops.month_of(changed.day) <> ALL(ops.archived_months_of('mart_dora'))
$$;
COMMENT ON FUNCTION ops.mart_dora_mark_periods IS 'Marks the months of these days for mart_dora, but for archived ones.';

CREATE OR REPLACE FUNCTION ops.mart_dora_mark_loaded() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM ops.mart_dora_mark_periods(array_agg(DISTINCT added.day)) FROM new_day AS added;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mart_dora_mark_loaded IS 'Marks the months of days that were loaded for the first time.';

CREATE OR REPLACE TRIGGER mark_dora_loaded AFTER INSERT ON ops.loaded_day
REFERENCING NEW TABLE AS new_day
FOR EACH STATEMENT EXECUTE FUNCTION ops.mart_dora_mark_loaded();

-- Whatever is still bad is written again by each run, and marks nothing.
CREATE OR REPLACE FUNCTION ops.mart_dora_mark_quarantined() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    zone text := ops.business_zone();
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM ops.mart_dora_mark_periods(array_agg(DISTINCT (added.event_at AT TIME ZONE zone)::date))
        FROM new_entry AS added
        WHERE added.field IS NULL AND added.source_table IN ('issues', 'deployment_pipelines');
    ELSE
        PERFORM ops.mart_dora_mark_periods(array_agg(DISTINCT (moment.at AT TIME ZONE zone)::date))
        FROM old_entry AS before
        INNER JOIN new_entry AS after ON before.quarantine_id = after.quarantine_id
        CROSS JOIN LATERAL unnest(ARRAY[before.event_at, after.event_at]) AS moment (at)
        WHERE
            after.field IS NULL
            AND after.source_table IN ('issues', 'deployment_pipelines')
            AND (before.state, before.event_at, before.content) IS DISTINCT FROM (after.state, after.event_at, after.content);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mart_dora_mark_quarantined IS 'Marks the months of issues and deployments that entered or left quarantine.';

CREATE OR REPLACE TRIGGER mark_dora_quarantined AFTER INSERT ON ops.quarantine
REFERENCING NEW TABLE AS new_entry
FOR EACH STATEMENT EXECUTE FUNCTION ops.mart_dora_mark_quarantined();
CREATE OR REPLACE TRIGGER mark_dora_released AFTER UPDATE ON ops.quarantine
REFERENCING OLD TABLE AS old_entry NEW TABLE AS new_entry
FOR EACH STATEMENT EXECUTE FUNCTION ops.mart_dora_mark_quarantined();

-- What is known of finished months beside their rows, so that a refresh need not look through all of these for what is missing.
CREATE TABLE IF NOT EXISTS dora_repository (
    repository text PRIMARY KEY,
    first_day date NOT NULL,
    last_day date NOT NULL
);
COMMENT ON TABLE dora_repository IS 'Repositories that have events in finished months of mart_dora, and (all) for all together.';
COMMENT ON COLUMN dora_repository.repository IS 'Repository; (unknown) where the source names none; (all) for all together.';
COMMENT ON COLUMN dora_repository.first_day IS 'Business day of its first event.';
COMMENT ON COLUMN dora_repository.last_day IS 'Business day of its last event in finished months.';

CREATE TABLE IF NOT EXISTS dora_vacant_closed (
    repository text NOT NULL,
    period_kind text NOT NULL,
    period_start date NOT NULL,
    month_key integer NOT NULL,
    PRIMARY KEY (repository, period_kind, period_start)
);
COMMENT ON TABLE dora_vacant_closed IS 'Periods of finished months of mart_dora without an event, since the repository''s first one.';
COMMENT ON COLUMN dora_vacant_closed.repository IS 'Repository; (unknown) where the source names none; (all) for all together.';
COMMENT ON COLUMN dora_vacant_closed.period_kind IS 'day, week or month.';
COMMENT ON COLUMN dora_vacant_closed.period_start IS 'First day of the period.';
COMMENT ON COLUMN dora_vacant_closed.month_key IS 'Month (yyyymm) in which the period ends.';

CREATE OR REPLACE FUNCTION ops.mart_dora_complete() RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    open_day date := (SELECT ops.first_day_of(state.open_from) FROM ops.mart_state AS state WHERE state.mart = 'mart_dora');
BEGIN
    DELETE FROM dora_repository AS known
    WHERE NOT EXISTS (
        SELECT 1 FROM mart_dora_closed AS closed WHERE closed.repository = known.repository AND closed.period_kind = 'day'
    );
    INSERT INTO dora_repository AS known (repository, first_day, last_day)
    SELECT
        closed.repository,
        min(closed.period_start),
        max(closed.period_start)
    FROM mart_dora_closed AS closed
    WHERE closed.period_kind = 'day'
    GROUP BY closed.repository
    ON CONFLICT (repository) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day
    WHERE (known.first_day, known.last_day) IS DISTINCT FROM (excluded.first_day, excluded.last_day);

    WITH vacant AS MATERIALIZED (
        SELECT
            known.repository,
            period.period_kind,
            period.period_start,
            ops.month_of(period.period_end) AS month_key
        FROM dora_repository AS known
        CROSS JOIN LATERAL dora_periods(known.first_day, open_day - 1) AS period
        WHERE period.period_end < open_day
        EXCEPT
        SELECT
            closed.repository,
            closed.period_kind,
            closed.period_start,
            closed.month_key
        FROM mart_dora_closed AS closed
    ),

    gone AS (
        DELETE FROM dora_vacant_closed AS kept
        WHERE NOT EXISTS (
            SELECT 1
            FROM vacant
            WHERE
                vacant.repository = kept.repository
                AND vacant.period_kind = kept.period_kind
                AND vacant.period_start = kept.period_start
        )
    )

    INSERT INTO dora_vacant_closed (repository, period_kind, period_start, month_key)
    SELECT
        vacant.repository,
        vacant.period_kind,
        vacant.period_start,
        vacant.month_key
    FROM vacant
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION ops.mart_dora_complete IS 'Brings dora_repository and dora_vacant_closed up to the finished rows of mart_dora.';

SELECT ops.mart_dora_complete();
