-- DORA's metrics by day, ISO week and month, for each repository and for all together.
-- The events, and why each counts: 20_dora_events.sql.

DROP MATERIALIZED VIEW IF EXISTS mart_dora CASCADE;
-- An earlier definition of the mart called it, none does now.
DROP FUNCTION IF EXISTS ops.months_from(date, date);

-- Counts are integer, not bigint: every refresh compares all rows, and takes a sixth longer when they are wider.
CREATE TABLE IF NOT EXISTS mart_dora_closed (
    month_key integer NOT NULL,
    period_kind text NOT NULL,
    period_start date NOT NULL,
    repository text NOT NULL,
    deployments integer NOT NULL,
    deployment_days integer NOT NULL,
    deployment_frequency_per_day numeric NOT NULL,
    lead_time_median_hours numeric,
    lead_time_p90_hours numeric,
    lead_time_per_change_median_hours numeric,
    change_failure_rate_by_status numeric,
    change_failure_rate_by_incident numeric,
    recovery_by_status_median_hours numeric,
    recovery_by_incident_median_hours numeric,
    time_to_restore_median_hours numeric,
    rework_rate numeric,
    failed_deployments integer NOT NULL,
    deployments_with_incident integer NOT NULL,
    incidents integer NOT NULL,
    lead_time_commits integer NOT NULL,
    lead_time_excluded_negative integer NOT NULL,
    commits_not_deployed integer NOT NULL,
    open_failures integer NOT NULL,
    open_incidents integer NOT NULL,
    rework_deployments integer NOT NULL,
    lead_time_changes integer NOT NULL,
    recovered_failures integer NOT NULL,
    recovered_incidents integer NOT NULL,
    restored_incidents integer NOT NULL,
    incidents_created integer NOT NULL,
    incidents_unattributed integer NOT NULL,
    commits integer NOT NULL,
    partial_deployments integer NOT NULL
);
-- Where it was made before they were.
ALTER TABLE mart_dora_closed
ALTER COLUMN deployments TYPE integer,
ALTER COLUMN deployment_days TYPE integer,
ALTER COLUMN failed_deployments TYPE integer,
ALTER COLUMN deployments_with_incident TYPE integer,
ALTER COLUMN incidents TYPE integer,
ALTER COLUMN lead_time_commits TYPE integer,
ALTER COLUMN lead_time_excluded_negative TYPE integer,
ALTER COLUMN commits_not_deployed TYPE integer,
ALTER COLUMN open_failures TYPE integer,
ALTER COLUMN open_incidents TYPE integer,
ALTER COLUMN rework_deployments TYPE integer,
ALTER COLUMN lead_time_changes TYPE integer,
ALTER COLUMN recovered_failures TYPE integer,
ALTER COLUMN recovered_incidents TYPE integer,
ALTER COLUMN restored_incidents TYPE integer,
ALTER COLUMN incidents_created TYPE integer,
ALTER COLUMN incidents_unattributed TYPE integer,
ALTER COLUMN commits TYPE integer,
ALTER COLUMN partial_deployments TYPE integer;
CREATE INDEX IF NOT EXISTS mart_dora_closed_month ON mart_dora_closed (month_key);
COMMENT ON TABLE mart_dora_closed IS
'Finished months of mart_dora without its empty periods; its columns are described there. month_key (yyyymm) is the month in which the period ends.';

-- Each event is one row with its day and, where it has one, its value; a period sums over the events that lie in it. Nothing
-- is joined after this, so nothing is multiplied, and a median over all repositories is one over all their events.
CREATE OR REPLACE FUNCTION dora_cells(first_day date, last_day date, kinds text [])
RETURNS SETOF mart_dora_closed
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
DECLARE
    first_key integer := to_char(first_day, 'YYYYMMDD')::integer;
    last_key integer := to_char(last_day, 'YYYYMMDD')::integer;
    first_moment timestamptz := first_day::timestamp AT TIME ZONE ops.business_zone();
    end_moment timestamptz := (last_day + 1)::timestamp AT TIME ZONE ops.business_zone();
    incident_end timestamptz := COALESCE(end_moment + ops.attribution_limit(), 'infinity');
    open_key integer := (SELECT state.open_from * 100 FROM ops.mart_state AS state WHERE state.mart = 'mart_dora');
    rework text [] := ops.setting_words('rework_types', 'incident,hotfix');
BEGIN
    RETURN QUERY
    WITH deployment AS MATERIALIZED (
        SELECT
            done.*,
            done.is_success AND (
                SELECT version.issue_type
                FROM dim_issue AS version
                WHERE version.issue_key = done.issue_key
            ) = ANY(rework) AS is_rework
        FROM dora_deployments(open_key) AS done
        WHERE done.time_key BETWEEN first_key AND last_key
    ),

    incident AS MATERIALIZED (
        SELECT *
        FROM dora_incidents(open_key) AS filed
        WHERE filed.created_at >= first_moment AND filed.created_at <= incident_end
    ),

    event AS (
        SELECT
            done.day,
            done.repository,
            CASE
                WHEN done.is_success THEN 'success'
                WHEN done.is_failure THEN 'failure'
                ELSE 'partial'
            END AS what,
            NULL::numeric AS hours
        FROM deployment AS done
        UNION ALL
        SELECT done.day, done.repository, 'rework', NULL
        FROM deployment AS done
        WHERE done.is_rework
        UNION ALL
        SELECT
            done.day,
            done.repository,
            CASE WHEN done.recovered_at IS NULL THEN 'open failure' ELSE 'recovered failure' END,
            extract(EPOCH FROM done.recovered_at - done.deployed_at) / 3600
        FROM deployment AS done
        WHERE done.starts_failure_run
        UNION ALL
        SELECT done.day, done.repository, 'success with incident', NULL
        FROM deployment AS done
        WHERE done.deployment_id IN (SELECT filed.deployment_id FROM incident AS filed)
        UNION ALL
        SELECT filed.deployment_day, filed.repository, 'incident', filed.recovery_hours
        FROM incident AS filed
        WHERE filed.deployment_time_key BETWEEN first_key AND last_key
        UNION ALL
        SELECT filed.deployment_day, filed.repository, 'open incident', NULL
        FROM incident AS filed
        WHERE filed.deployment_time_key BETWEEN first_key AND last_key AND filed.closed_at IS NULL
        UNION ALL
        SELECT
            filed.created_day,
            filed.repository,
            CASE WHEN filed.deployment_id IS NULL THEN 'unattributed' ELSE 'attributed' END,
            NULL
        FROM incident AS filed
        WHERE filed.created_at < end_moment
        UNION ALL
        SELECT filed.closed_day, filed.repository, 'restored', filed.time_to_restore_hours
        FROM dora_incidents(open_key) AS filed
        WHERE
            filed.closed_at >= first_moment
            AND filed.closed_at < end_moment
            AND filed.time_to_restore_hours IS NOT NULL
        UNION ALL
        SELECT change.deployment_day, change.repository, 'lead time', change.lead_time_hours
        FROM dora_lead_times(open_key) AS change
        WHERE change.deployed_time_key BETWEEN first_key AND last_key AND change.outcome = 'counted'
        UNION ALL
        SELECT change.committed_day, change.repository, change.outcome, NULL
        FROM dora_lead_times(open_key) AS change
        WHERE change.time_key BETWEEN first_key AND last_key
        UNION ALL
        SELECT change.deployment_day, change.repository, 'change', change.lead_time_hours
        FROM dora_changes(open_key) AS change
        WHERE change.time_key BETWEEN first_key AND last_key AND change.lead_time_hours IS NOT NULL
    ),

    placed AS (
        SELECT
            period.kind,
            period.starts,
            period.ends,
            event.repository,
            event.day,
            event.what,
            event.hours::double precision AS hours
        FROM event
        CROSS JOIN LATERAL (
            VALUES
            ('day', event.day, event.day),
            (
                'week',
                date_trunc('week', event.day::timestamp)::date,
                (date_trunc('week', event.day::timestamp) + INTERVAL '6 days')::date
            ),
            (
                'month',
                date_trunc('month', event.day::timestamp)::date,
                (date_trunc('month', event.day::timestamp) + INTERVAL '1 month - 1 day')::date
            ),
            ('window', first_day, last_day)
        ) AS period (kind, starts, ends)
        WHERE period.kind = ANY(kinds)
    )

    SELECT
        ops.month_of(p.ends),
        p.kind,
        p.starts,
        COALESCE(p.repository, '(all)'),
        count(*) FILTER (WHERE p.what = 'success')::integer,
        count(DISTINCT p.day) FILTER (WHERE p.what = 'success')::integer,
        round(count(*) FILTER (WHERE p.what = 'success')::numeric / (p.ends - p.starts + 1), 6),
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'lead time'))::numeric, 6),
        round((percentile_cont(0.9) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'lead time'))::numeric, 6),
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'change'))::numeric, 6),
        round(
            count(*) FILTER (WHERE p.what = 'failure')::numeric
            / NULLIF(count(*) FILTER (WHERE p.what IN ('success', 'failure')), 0),
            6
        ),
        round(
            count(*) FILTER (WHERE p.what = 'success with incident')::numeric
            / NULLIF(count(*) FILTER (WHERE p.what = 'success'), 0),
            6
        ),
        round(
            (percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'recovered failure'))::numeric, 6
        ),
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'incident'))::numeric, 6),
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'restored'))::numeric, 6),
        round(
            count(*) FILTER (WHERE p.what = 'rework')::numeric
            / NULLIF(count(*) FILTER (WHERE p.what = 'success'), 0),
            6
        ),
        count(*) FILTER (WHERE p.what = 'failure')::integer,
        count(*) FILTER (WHERE p.what = 'success with incident')::integer,
        count(*) FILTER (WHERE p.what = 'incident')::integer,
        count(*) FILTER (WHERE p.what = 'lead time')::integer,
        count(*) FILTER (WHERE p.what = 'negative')::integer,
        count(*) FILTER (WHERE p.what = 'not deployed')::integer,
        count(*) FILTER (WHERE p.what = 'open failure')::integer,
        count(*) FILTER (WHERE p.what = 'open incident')::integer,
        count(*) FILTER (WHERE p.what = 'rework')::integer,
        count(*) FILTER (WHERE p.what = 'change')::integer,
        count(*) FILTER (WHERE p.what = 'recovered failure')::integer,
        count(p.hours) FILTER (WHERE p.what = 'incident')::integer,
        count(*) FILTER (WHERE p.what = 'restored')::integer,
        count(*) FILTER (WHERE p.what IN ('attributed', 'unattributed'))::integer,
        count(*) FILTER (WHERE p.what = 'unattributed')::integer,
        count(*) FILTER (WHERE p.what IN ('counted', 'negative', 'not deployed'))::integer,
        count(*) FILTER (WHERE p.what = 'partial')::integer
    FROM placed AS p
    GROUP BY GROUPING SETS ((p.kind, p.starts, p.ends, p.repository), (p.kind, p.starts, p.ends));
END
$$;
COMMENT ON FUNCTION dora_cells IS
'DORA''s metrics for periods of these kinds (day, week, month; window: the whole span as one period) with an event between two days. A week at the edge of the span is cut off there.';

CREATE OR REPLACE FUNCTION mart_dora_rows(first_month integer, last_month integer)
RETURNS SETOF mart_dora_closed
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    -- A week belongs to the month in which it ends, so that it is finished when that month is.
    RETURN QUERY
    SELECT cell.*
    FROM dora_cells(
        date_trunc('week', ops.first_day_of(first_month)::timestamp)::date,
        ops.last_day_of(last_month),
        ARRAY['day', 'week', 'month']
    ) AS cell
    WHERE cell.month_key BETWEEN first_month AND last_month;
END
$$;
COMMENT ON FUNCTION mart_dora_rows IS
'The rows of mart_dora, without empty periods, for periods that end in the months (yyyymm) from first to last.';

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

CREATE OR REPLACE FUNCTION ops.fill_dora_periods() RETURNS void
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
            ops.month_of(period.period_end)
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

    INSERT INTO dora_vacant_closed
    SELECT * FROM vacant
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION ops.fill_dora_periods IS 'Brings dora_repository and dora_vacant_closed up to the finished rows of mart_dora.';

SELECT ops.fill_dora_periods();

CREATE MATERIALIZED VIEW mart_dora AS
WITH live AS MATERIALIZED (
    SELECT computed.*
    FROM ops.mart_state AS state
    CROSS JOIN LATERAL mart_dora_rows(state.open_from, 999912) AS computed
    WHERE state.mart = 'mart_dora'
),

-- A repository has periods from its first event on.
scope AS MATERIALIZED (
    SELECT
        seen.repository,
        min(seen.first_day) AS first_day,
        max(seen.last_day) AS last_day
    FROM (
        SELECT * FROM dora_repository
        UNION ALL
        SELECT
            live.repository,
            live.period_start,
            live.period_start
        FROM live
        WHERE live.period_kind = 'day'
    ) AS seen
    GROUP BY seen.repository
),

-- To the last day loaded.
horizon AS (
    SELECT
        GREATEST((SELECT max(scope.last_day) FROM scope), state.last_day) AS last_day,
        ops.first_day_of(state.open_from) AS open_day
    FROM ops.mart_state AS state
    WHERE state.mart = 'mart_dora'
),

vacant AS (
    SELECT
        closed.repository,
        closed.period_kind,
        closed.period_start,
        closed.month_key AS finished_month
    FROM dora_vacant_closed AS closed
    CROSS JOIN horizon
    WHERE closed.period_start <= horizon.last_day
    UNION ALL
    (
        SELECT
            scope.repository,
            period.period_kind,
            period.period_start,
            NULL::integer
        FROM scope
        CROSS JOIN horizon
        CROSS JOIN LATERAL dora_periods(GREATEST(scope.first_day, horizon.open_day), horizon.last_day) AS period
        WHERE period.period_end >= horizon.open_day
        EXCEPT
        SELECT
            live.repository,
            live.period_kind,
            live.period_start,
            NULL
        FROM live
    )
),

cell AS (
    SELECT
        closed.month_key AS finished_month,
        closed.*
    FROM mart_dora_closed AS closed
    UNION ALL
    SELECT
        NULL,
        live.*
    FROM live
),

-- A row for a period without an event is made here, and only here.
known AS (
    SELECT
        cell.period_kind,
        cell.period_start,
        cell.repository,
        cell.deployments,
        cell.deployment_days,
        cell.deployment_frequency_per_day,
        cell.lead_time_median_hours,
        cell.lead_time_p90_hours,
        cell.lead_time_per_change_median_hours,
        cell.change_failure_rate_by_status,
        cell.change_failure_rate_by_incident,
        cell.recovery_by_status_median_hours,
        cell.recovery_by_incident_median_hours,
        cell.time_to_restore_median_hours,
        cell.rework_rate,
        cell.failed_deployments,
        cell.deployments_with_incident,
        cell.incidents,
        cell.lead_time_commits,
        cell.lead_time_excluded_negative,
        cell.commits_not_deployed,
        cell.open_failures,
        cell.open_incidents,
        cell.rework_deployments,
        cell.lead_time_changes,
        cell.recovered_failures,
        cell.recovered_incidents,
        cell.restored_incidents,
        cell.incidents_created,
        cell.incidents_unattributed,
        cell.commits,
        cell.partial_deployments,
        cell.finished_month
    FROM cell
    UNION ALL
    SELECT
        vacant.period_kind,
        vacant.period_start,
        vacant.repository,
        0, 0, 0,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        vacant.finished_month
    FROM vacant
)

SELECT
    known.*,
    span.period_end,
    span.period_end <= horizon.last_day AS is_complete,
    -- Each row has a null here or in finished_month: a concurrent refresh compares rows without any with each other.
    CASE WHEN known.finished_month IS NULL THEN TRUE END AS is_provisional
FROM known
CROSS JOIN horizon
CROSS JOIN LATERAL (
    SELECT
        CASE known.period_kind
            WHEN 'day' THEN known.period_start
            WHEN 'week' THEN known.period_start + 6
            ELSE (known.period_start + INTERVAL '1 month - 1 day')::date
        END AS period_end
) AS span;
CREATE UNIQUE INDEX mart_dora_grain ON mart_dora (period_kind, period_start, repository);

COMMENT ON MATERIALIZED VIEW mart_dora IS
'DORA''s metrics of production by day, ISO week and month, for each repository and for ''(all)'' together, empty periods included:
from a repository''s first deployment, commit or incident to the last day loaded. Ratios are of sums over the period, medians
over its events, those of (all) over the events of all repositories. Null: no event to compute it from. The rows behind each
number: v_dora_deployment, v_dora_lead_time, v_dora_change, v_dora_incident. Classes: v_dora_class.';
COMMENT ON COLUMN mart_dora.period_kind IS 'day, week (ISO, from Monday) or month, in the business time zone.';
COMMENT ON COLUMN mart_dora.period_start IS 'First day of the period.';
COMMENT ON COLUMN mart_dora.repository IS 'Repository; (unknown) where the source names none; (all) for all together.';
COMMENT ON COLUMN mart_dora.deployments IS 'Successful deployments.';
COMMENT ON COLUMN mart_dora.deployment_days IS 'Distinct days with a successful deployment.';
COMMENT ON COLUMN mart_dora.deployment_frequency_per_day IS 'deployments by calendar days of the whole period, also while it lasts; 0 without one.';
COMMENT ON COLUMN mart_dora.lead_time_median_hours IS 'Median hours from commit to the first successful deployment that carries it; null when none was deployed.';
COMMENT ON COLUMN mart_dora.lead_time_p90_hours IS 'The same, 90th percentile.';
COMMENT ON COLUMN mart_dora.lead_time_per_change_median_hours IS
'Median hours from an issue''s first commit to its first successful deployment; null when no issue with commits was deployed.';
COMMENT ON COLUMN mart_dora.change_failure_rate_by_status IS
'failed_deployments by deployments and failed_deployments together, 0 to 1; null without either.';
COMMENT ON COLUMN mart_dora.change_failure_rate_by_incident IS 'deployments_with_incident by deployments, 0 to 1; null without a deployment.';
COMMENT ON COLUMN mart_dora.recovery_by_status_median_hours IS
'Median hours from the first failure of a run to the repository''s next success, in the failure''s period; null when none recovered.';
COMMENT ON COLUMN mart_dora.recovery_by_incident_median_hours IS
'Median hours from the causing deployment to the incident''s closing, in the deployment''s period; null when none was closed.';
COMMENT ON COLUMN mart_dora.time_to_restore_median_hours IS
'Median hours from an incident''s creation to its closing, in the closing period; null when none was closed.';
COMMENT ON COLUMN mart_dora.rework_rate IS 'rework_deployments by deployments, 0 to 1; null without a deployment.';
COMMENT ON COLUMN mart_dora.failed_deployments IS 'Deployments that failed or were rolled back.';
COMMENT ON COLUMN mart_dora.deployments_with_incident IS 'Successful deployments with at least one attributed incident.';
COMMENT ON COLUMN mart_dora.incidents IS 'Incidents attributed to deployments of the period, whenever they were filed.';
COMMENT ON COLUMN mart_dora.lead_time_commits IS 'Commits whose lead time counts in the period, that of their deployment.';
COMMENT ON COLUMN mart_dora.lead_time_excluded_negative IS
'Commits of the period that were made after their issue''s deployment and carried by none since: excluded.';
COMMENT ON COLUMN mart_dora.commits_not_deployed IS 'Commits of the period whose issue has no successful production deployment, or that have no issue.';
COMMENT ON COLUMN mart_dora.open_failures IS 'Runs of failures begun in the period that no success has ended yet.';
COMMENT ON COLUMN mart_dora.open_incidents IS 'Incidents attributed to deployments of the period that are still open.';
COMMENT ON COLUMN mart_dora.rework_deployments IS 'Successful deployments whose issue''s type is one of the setting rework_types.';
COMMENT ON COLUMN mart_dora.lead_time_changes IS 'Issues whose lead time per change counts in the period.';
COMMENT ON COLUMN mart_dora.recovered_failures IS 'Runs of failures begun in the period that a success has ended: what recovery by status is the median of.';
COMMENT ON COLUMN mart_dora.recovered_incidents IS 'Attributed incidents that are closed: what recovery by incident is the median of.';
COMMENT ON COLUMN mart_dora.restored_incidents IS 'Incidents closed in the period: what time to restore is the median of.';
COMMENT ON COLUMN mart_dora.incidents_created IS 'Incidents filed in the period.';
COMMENT ON COLUMN mart_dora.incidents_unattributed IS 'Incidents filed in the period that are attributed to no deployment.';
COMMENT ON COLUMN mart_dora.commits IS 'Commits made in the period.';
COMMENT ON COLUMN mart_dora.partial_deployments IS 'Deployments that succeeded in part: neither deployments nor failures.';
COMMENT ON COLUMN mart_dora.finished_month IS 'Month (yyyymm) that the row was finished with, the one in which the period ends; null while it is provisional.';
COMMENT ON COLUMN mart_dora.period_end IS 'Last day of the period.';
COMMENT ON COLUMN mart_dora.is_complete IS 'Whether the period''s last day has been loaded.';
COMMENT ON COLUMN mart_dora.is_provisional IS
'True while the look-back reaches the month in which the period ends, computed anew at each refresh; null once it is finished.';

SELECT ops.mark_dirty('mart_dora', array_agg(DISTINCT closed.month_key))
FROM mart_dora_closed AS closed;
