-- DORA's performance classes of each period, and of the last twelve complete weeks. The ladders are data: table dora_class.

DO $recent$
BEGIN
    EXECUTE format(
        $view$
CREATE OR REPLACE VIEW v_dora_recent AS
WITH week AS (
    SELECT
        mart.period_start,
        mart.period_end,
        mart.is_complete,
        max(mart.period_start) FILTER (WHERE mart.is_complete) OVER () AS last_start
    FROM mart_dora AS mart
    WHERE mart.period_kind = 'week' AND mart.repository = '(all)'
),

-- One period has no hole: a week that was not loaded whole ends the stretch.
span AS (
    SELECT
        GREATEST(
            week.last_start - 77,
            min(week.period_start),
            max(week.period_end) FILTER (WHERE NOT week.is_complete) + 1
        ) AS starts,
        week.last_start + 6 AS ends
    FROM week
    WHERE week.period_start <= week.last_start
    GROUP BY week.last_start
)

SELECT
    scope.repository,
    span.starts AS period_start,
    span.ends AS period_end,
    %s
FROM span
INNER JOIN mart_dora AS scope ON scope.period_kind = 'week' AND span.ends - 6 = scope.period_start
LEFT JOIN LATERAL dora_cells(span.starts, span.ends, ARRAY['window']) AS cell ON scope.repository = cell.repository
CROSS JOIN (
    SELECT empty.* FROM dora_cells('2000-01-01', '2000-01-01', ARRAY['none']) AS empty WHERE empty.repository = '(all)'
) AS nothing
        $view$,
        (
            SELECT string_agg(format('COALESCE(cell.%1$I, nothing.%1$I) AS %1$I', listed.name), ', ' ORDER BY listed.place)
            FROM unnest(ops.mart_dora_numbers()) WITH ORDINALITY AS listed (name, place)
        )
    );
END
$recent$;
COMMENT ON VIEW v_dora_recent IS
'DORA''s metrics over the last twelve complete ISO weeks (fewer where there are fewer in a row) as one period, for each repository and for (all);
columns as in mart_dora.';
SELECT ops.copy_comments('mart_dora', 'v_dora_recent');

CREATE OR REPLACE FUNCTION ops.mart_dora_first_month() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT ops.month_of((min(filed.source_created_at) AT TIME ZONE ops.business_zone())::date)
    FROM (
        SELECT issue.source_created_at
        FROM public.dim_issue AS issue
        WHERE
            issue.is_current
            AND issue.state IS DISTINCT FROM 'deleted'
            AND ops.issue_kinds(issue.issue_type, issue.labels) && ops.setting_kinds('incident_types', 'incident')
        OFFSET 0
    ) AS filed
);
COMMENT ON FUNCTION ops.mart_dora_first_month IS 'Month of the first incident, which is no fact; null without one.';

-- A week belongs to the month of its Thursday, as ISO's year has it, so that each month has four or five whole weeks.
CREATE OR REPLACE VIEW v_dora_class AS
WITH period AS (
    SELECT
        mart.period_kind,
        mart.period_start,
        mart.period_end,
        mart.repository,
        mart.lead_time_median_hours,
        mart.change_failure_rate_by_status,
        mart.change_failure_rate_by_incident,
        mart.recovery_by_status_median_hours,
        mart.recovery_by_incident_median_hours,
        mart.time_to_restore_median_hours
    FROM mart_dora AS mart
    UNION ALL
    SELECT
        'last 12 weeks',
        recent.period_start,
        recent.period_end,
        recent.repository,
        recent.lead_time_median_hours,
        recent.change_failure_rate_by_status,
        recent.change_failure_rate_by_incident,
        recent.recovery_by_status_median_hours,
        recent.recovery_by_incident_median_hours,
        recent.time_to_restore_median_hours
    FROM v_dora_recent AS recent
),

measured AS (
    SELECT
        period.period_kind,
        period.period_start,
        period.period_end,
        period.repository,
        metric.name,
        metric.ladder,
        metric.value,
        metric.unit
    FROM period
    CROSS JOIN LATERAL (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY week.deployment_days::double precision) AS deployment_days
        FROM mart_dora AS week
        WHERE
            period.period_kind <> 'day'
            AND week.period_kind = 'week'
            AND week.repository = period.repository
            AND week.period_start BETWEEN period.period_start - 3 AND period.period_end - 3
            AND week.is_complete
    ) AS weekly
    CROSS JOIN LATERAL (
        SELECT
            percentile_cont(0.5) WITHIN GROUP (ORDER BY month.deployment_days::double precision)
                FILTER (WHERE month.place <= CASE period.period_kind WHEN 'month' THEN 1 ELSE 3 END) AS deployment_days,
            sum(month.deployment_days) AS deployment_days_of_six
        FROM (
            SELECT
                mart.deployment_days,
                row_number() OVER (ORDER BY mart.period_start DESC) AS place
            FROM mart_dora AS mart
            WHERE
                period.period_kind IN ('month', 'last 12 weeks')
                AND mart.period_kind = 'month'
                AND mart.repository = period.repository
                -- One that has lasted for four weeks at the period's end.
                AND mart.period_start <= period.period_end - 27
                -- A month of which nothing was loaded has no number of days.
                AND mart.deployment_days IS NOT NULL
            ORDER BY mart.period_start DESC
            LIMIT 6
        ) AS month
    ) AS monthly
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN period.period_kind IN ('day', 'week') OR COALESCE(weekly.deployment_days, 1) >= 1
                    THEN 'median deployment days per week'
                WHEN monthly.deployment_days >= 1 THEN 'median deployment days per month'
                ELSE 'deployment days in six months'
            END AS unit
    ) AS frequency
    -- Where none was ever recorded, that there is none says nothing.
    CROSS JOIN (SELECT ops.mart_dora_first_month() IS NOT NULL AS is_known) AS incident
    CROSS JOIN LATERAL (
        VALUES
        (
            'deployment_frequency',
            'deployment_frequency',
            CASE frequency.unit
                WHEN 'median deployment days per week' THEN weekly.deployment_days
                WHEN 'median deployment days per month' THEN monthly.deployment_days
                ELSE monthly.deployment_days_of_six
            END::numeric,
            frequency.unit
        ),
        ('lead_time', 'lead_time', period.lead_time_median_hours, NULL),
        ('change_failure_rate', 'change_failure_rate', period.change_failure_rate_by_status, NULL),
        (
            'change_failure_rate_by_incident',
            'change_failure_rate',
            CASE WHEN incident.is_known THEN period.change_failure_rate_by_incident END,
            NULL
        ),
        ('recovery', 'recovery', period.recovery_by_status_median_hours, NULL),
        ('recovery_by_incident', 'recovery', period.recovery_by_incident_median_hours, NULL),
        ('time_to_restore', 'recovery', period.time_to_restore_median_hours, NULL)
    ) AS metric (name, ladder, value, unit)
)

SELECT
    measured.period_kind,
    measured.period_start,
    measured.period_end,
    measured.repository,
    measured.name AS metric,
    ladder.report_year,
    measured.value,
    ladder.unit,
    step.class,
    ladder.report_year = 2023 AS is_default_year
FROM measured
INNER JOIN (SELECT DISTINCT report_year, metric, unit FROM dora_class) AS ladder
    ON measured.ladder = ladder.metric AND COALESCE(measured.unit, ladder.unit) = ladder.unit
LEFT JOIN dora_class AS step
    ON
        ladder.report_year = step.report_year
        AND ladder.metric = step.metric
        AND ladder.unit = step.unit
        AND COALESCE(
            measured.value > step.lower_bound OR (step.lower_inclusive AND measured.value = step.lower_bound),
            step.lower_bound IS NULL
        )
        AND COALESCE(
            measured.value < step.upper_bound OR (step.upper_inclusive AND measured.value = step.upper_bound),
            step.upper_bound IS NULL
        )
        AND measured.value IS NOT NULL;
COMMENT ON VIEW v_dora_class IS
'DORA''s class of each metric for each period of mart_dora and for the last twelve complete weeks, by the ladder of each report year
(table dora_class). 2023 is the default; 2024 and 2025 have no ladder.';
COMMENT ON COLUMN v_dora_class.period_kind IS 'day, week, month as in mart_dora, or last 12 weeks.';
COMMENT ON COLUMN v_dora_class.period_start IS 'First day of the period.';
COMMENT ON COLUMN v_dora_class.period_end IS 'Last day of the period.';
COMMENT ON COLUMN v_dora_class.repository IS 'Repository, or (all).';
COMMENT ON COLUMN v_dora_class.metric IS
'deployment_frequency, lead_time, change_failure_rate and recovery (both by status, the headline), and their variants by incident.';
COMMENT ON COLUMN v_dora_class.report_year IS 'DORA report whose ladder it is.';
COMMENT ON COLUMN v_dora_class.value IS
'What is classed, in the unit: for deployment_frequency the median over the period''s ISO weeks of days with a deployment, weeks
without one included (a month''s weeks are those whose Thursday lies in it; weeks that were not loaded whole are left out). Where the
median week has none, a month and the last twelve weeks are classed by the deployment days of a month (of twelve weeks: the median of
the last three months), and where that has none by those of six months. Null: nothing to class; a single day has no frequency of weeks.';
COMMENT ON COLUMN v_dora_class.unit IS 'Unit of the value and of the ladder''s bounds.';
COMMENT ON COLUMN v_dora_class.class IS 'elite, high, medium or low; null when the value is.';
COMMENT ON COLUMN v_dora_class.is_default_year IS 'True for the ladder to show when only one is shown.';
