-- The mart: finished periods, the open ones as the facts have them, and those in which nothing happened.
DO $mart$
BEGIN
    EXECUTE format(
        $view$
CREATE MATERIALIZED VIEW mart_dora_new AS
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
        min(seen.first_day) AS first_day
    FROM (
        SELECT
            known.repository,
            known.first_day
        FROM dora_repository AS known
        UNION ALL
        SELECT
            live.repository,
            live.period_start
        FROM live
        WHERE live.period_kind = 'day'
    ) AS seen
    GROUP BY seen.repository
),

covered AS MATERIALIZED (
    SELECT * FROM dora_covered_periods()
),

-- To the last day loaded; no date in the data moves it.
horizon AS MATERIALIZED (
    SELECT
        (SELECT max(covered.period_start) FROM covered WHERE covered.period_kind = 'day') AS last_day,
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
    INNER JOIN horizon ON live.period_start <= horizon.last_day
),

-- A row for a period without an event is made here, and only here. One without a loaded day either has no numbers.
nothing AS MATERIALIZED (
    SELECT cell.* FROM dora_cells('2000-01-01', '2000-01-01', ARRAY['none']) AS cell WHERE cell.repository = '(all)'
),

known AS (
    SELECT
        cell.period_kind,
        cell.period_start,
        cell.repository,
        %1$s,
        cell.finished_month,
        COALESCE(covered.loaded_days, 0) AS loaded_days,
        TRUE AS is_seen
    FROM cell
    LEFT JOIN covered ON cell.period_kind = covered.period_kind AND cell.period_start = covered.period_start
    UNION ALL
    SELECT
        vacant.period_kind,
        vacant.period_start,
        vacant.repository,
        %2$s,
        vacant.finished_month,
        COALESCE(covered.loaded_days, 0),
        covered.loaded_days IS NOT NULL
    FROM vacant
    LEFT JOIN covered ON vacant.period_kind = covered.period_kind AND vacant.period_start = covered.period_start
    LEFT JOIN nothing ON covered.loaded_days IS NOT NULL
)

SELECT
    known.period_kind,
    known.period_start,
    known.repository,
    %3$s,
    known.finished_month,
    span.period_end,
    known.loaded_days,
    COALESCE(waiting.quarantined_deployments, 0) AS quarantined_deployments,
    COALESCE(waiting.quarantined_incidents, 0) AS quarantined_incidents,
    known.loaded_days = span.period_end - known.period_start + 1 AS is_complete,
    CASE
        WHEN known.loaded_days = span.period_end - known.period_start + 1 THEN 'complete'
        WHEN NOT known.is_seen THEN 'not loaded'
        WHEN span.period_end > horizon.last_day THEN 'running'
        ELSE 'partly loaded'
    END AS completeness,
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
) AS span
LEFT JOIN dora_quarantined_periods() AS waiting
    ON
        known.period_kind = waiting.period_kind
        AND known.period_start = waiting.period_start
        AND known.repository = waiting.repository
WITH NO DATA
        $view$,
        ops.column_list('cell', ops.mart_dora_numbers()),
        ops.column_list('nothing', ops.mart_dora_numbers()),
        ops.column_list('known', ops.mart_dora_numbers())
    );
END
$mart$;
SELECT ops.place_mart('mart_dora');

COMMENT ON MATERIALIZED VIEW mart_dora IS
'DORA''s metrics of production by day, ISO week and month, for each repository and for ''(all)'' together, empty periods included:
from a repository''s first deployment, commit or incident to the last day loaded. Ratios are of sums over the period, medians
over its events, those of (all) over the events of all repositories. Null: no event to compute it from, or not loaded. The rows behind each
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
COMMENT ON COLUMN mart_dora.rework_deployments IS 'Successful deployments with an issue whose type or label is in the setting rework_types.';
COMMENT ON COLUMN mart_dora.lead_time_changes IS 'Issues whose lead time per change counts in the period.';
COMMENT ON COLUMN mart_dora.recovered_failures IS 'Runs of failures begun in the period that a success has ended: what recovery by status is the median of.';
COMMENT ON COLUMN mart_dora.recovered_incidents IS 'Attributed incidents that are closed: what recovery by incident is the median of.';
COMMENT ON COLUMN mart_dora.restored_incidents IS 'Incidents closed in the period: what time to restore is the median of.';
COMMENT ON COLUMN mart_dora.incidents_created IS 'Incidents filed in the period.';
COMMENT ON COLUMN mart_dora.incidents_unattributed IS 'Incidents filed in the period that are attributed to no deployment.';
COMMENT ON COLUMN mart_dora.commits IS 'Commits made in the period.';
COMMENT ON COLUMN mart_dora.ignored_author_commits IS
'Commits of the period by authors whose work has no lead time (setting ignored_authors), bots: counted here alone and in commits.';
COMMENT ON COLUMN mart_dora.partial_deployments IS 'Deployments that succeeded in part: neither deployments nor failures.';
COMMENT ON COLUMN mart_dora.finished_month IS 'Month (yyyymm) that the row was finished with, the one in which the period ends; null while it is provisional.';
COMMENT ON COLUMN mart_dora.period_end IS 'Last day of the period.';
COMMENT ON COLUMN mart_dora.loaded_days IS
'How many of the period''s days were loaded: issues, commits and deployments read to the day''s end (table ops.loaded_day).';
COMMENT ON COLUMN mart_dora.quarantined_deployments IS
'Deployments of the period that wait in quarantine and are missing here: of production, or of an environment that cannot be told.';
COMMENT ON COLUMN mart_dora.quarantined_incidents IS 'Incidents filed in the period that wait in quarantine and are missing here.';
COMMENT ON COLUMN mart_dora.is_complete IS 'Whether every day of the period was loaded.';
COMMENT ON COLUMN mart_dora.completeness IS
'complete; running: the last loaded day lies in it; partly loaded: days of it were never loaded; not loaded: none was, so that its counts and rates are null.';
COMMENT ON COLUMN mart_dora.is_provisional IS
'True while the look-back reaches the month in which the period ends, computed again at each refresh; null once it is finished.';

SELECT ops.finish_mart('mart_dora');
COMMENT ON TABLE mart_dora_closed IS
'Finished months of mart_dora without its empty periods; its columns are described there. month_key (yyyymm) is the month in which the period ends.';
