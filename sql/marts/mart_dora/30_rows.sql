-- What a period's numbers are: each event is one row with its day and, where it has one, its value, and a period sums over the
-- events that lie in it. Nothing is joined after this, so nothing is multiplied, and a median over all repositories is one
-- over all their events.

CREATE OR REPLACE FUNCTION dora_placed_events(first_day date, last_day date, kinds text [])
RETURNS TABLE (kind text, starts date, ends date, repository text, day date, what text, hours double precision)
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    first_key integer := to_char(first_day, 'YYYYMMDD')::integer;
    last_key integer := to_char(last_day, 'YYYYMMDD')::integer;
    first_moment timestamptz := first_day::timestamp AT TIME ZONE ops.business_zone();
    end_moment timestamptz := (last_day + 1)::timestamp AT TIME ZONE ops.business_zone();
    incident_end timestamptz := COALESCE(end_moment + ops.attribution_limit(), 'infinity');
    open_key integer := (SELECT state.open_from * 100 FROM ops.mart_state AS state WHERE state.mart = 'mart_dora');
    rework text [] := ops.setting_kinds('rework_types', 'incident,hotfix');
BEGIN
    -- A period in which nothing happened, whose numbers are those of no event.
    IF kinds = ARRAY['none'] THEN
        RETURN QUERY SELECT 'none', first_day, last_day, '', NULL::date, NULL::text, NULL::double precision;
        RETURN;
    END IF;
    RETURN QUERY
    WITH deployment AS MATERIALIZED (
        SELECT
            done.*,
            done.is_success AND (
                ops.version_is(done.issue_key, rework)
                OR EXISTS (
                    SELECT 1
                    FROM dora_known_rows(open_key) AS part
                    WHERE part.release_deployment_id = done.deployment_id AND ops.version_is(part.issue_key, rework)
                    OFFSET 0
                )
            ) AS is_rework
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
        WHERE (done.deployment_id, done.deployed_at) IN (SELECT filed.deployment_id, filed.deployed_at FROM incident AS filed)
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
    )

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
    WHERE period.kind = ANY(kinds);
END
$$;
COMMENT ON FUNCTION dora_placed_events IS
'Events between two days, each with every period of these kinds that it counts in: day, week, month; window: the whole span; none: one period without an event.';

-- Each number once: how the events of a period give it. The closed table, the mart and v_dora_recent have these columns; what
-- they mean is said of the mart's. Counts are integer, not bigint: every refresh compares all rows, and takes a sixth longer
-- when they are wider.
SELECT ops.define_mart_rows(
    'mart_dora', computes => 'dora_cells', arguments => 'first_day date, last_day date, kinds text[]', body => $rows$
SELECT
    ops.month_of(p.ends) AS month_key,
    p.kind AS period_kind,
    p.starts AS period_start,
    COALESCE(p.repository, '(all)') AS repository,
    count(*) FILTER (WHERE p.what = 'success')::integer AS deployments,
    count(DISTINCT p.day) FILTER (WHERE p.what = 'success')::integer AS deployment_days,
    round(count(*) FILTER (WHERE p.what = 'success')::numeric / (p.ends - p.starts + 1), 6) AS deployment_frequency_per_day,
    round(
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'lead time'))::numeric, 6
    ) AS lead_time_median_hours,
    round(
        (percentile_cont(0.9) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'lead time'))::numeric, 6
    ) AS lead_time_p90_hours,
    round(
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'change'))::numeric, 6
    ) AS lead_time_per_change_median_hours,
    round(
        count(*) FILTER (WHERE p.what = 'failure')::numeric
        / NULLIF(count(*) FILTER (WHERE p.what IN ('success', 'failure')), 0),
        6
    ) AS change_failure_rate_by_status,
    round(
        count(*) FILTER (WHERE p.what = 'success with incident')::numeric
        / NULLIF(count(*) FILTER (WHERE p.what = 'success'), 0),
        6
    ) AS change_failure_rate_by_incident,
    round(
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'recovered failure'))::numeric, 6
    ) AS recovery_by_status_median_hours,
    round(
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'incident'))::numeric, 6
    ) AS recovery_by_incident_median_hours,
    round(
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY p.hours) FILTER (WHERE p.what = 'restored'))::numeric, 6
    ) AS time_to_restore_median_hours,
    round(
        count(*) FILTER (WHERE p.what = 'rework')::numeric
        / NULLIF(count(*) FILTER (WHERE p.what = 'success'), 0),
        6
    ) AS rework_rate,
    count(*) FILTER (WHERE p.what = 'failure')::integer AS failed_deployments,
    count(*) FILTER (WHERE p.what = 'success with incident')::integer AS deployments_with_incident,
    count(*) FILTER (WHERE p.what = 'incident')::integer AS incidents,
    count(*) FILTER (WHERE p.what = 'lead time')::integer AS lead_time_commits,
    count(*) FILTER (WHERE p.what = 'negative')::integer AS lead_time_excluded_negative,
    count(*) FILTER (WHERE p.what = 'not deployed')::integer AS commits_not_deployed,
    count(*) FILTER (WHERE p.what = 'open failure')::integer AS open_failures,
    count(*) FILTER (WHERE p.what = 'open incident')::integer AS open_incidents,
    count(*) FILTER (WHERE p.what = 'rework')::integer AS rework_deployments,
    count(*) FILTER (WHERE p.what = 'change')::integer AS lead_time_changes,
    count(*) FILTER (WHERE p.what = 'recovered failure')::integer AS recovered_failures,
    count(p.hours) FILTER (WHERE p.what = 'incident')::integer AS recovered_incidents,
    count(*) FILTER (WHERE p.what = 'restored')::integer AS restored_incidents,
    count(*) FILTER (WHERE p.what IN ('attributed', 'unattributed'))::integer AS incidents_created,
    count(*) FILTER (WHERE p.what = 'unattributed')::integer AS incidents_unattributed,
    count(*) FILTER (WHERE p.what IN ('counted', 'negative', 'not deployed', 'ignored author'))::integer AS commits,
    count(*) FILTER (WHERE p.what = 'partial')::integer AS partial_deployments,
    count(*) FILTER (WHERE p.what = 'ignored author')::integer AS ignored_author_commits
FROM dora_placed_events(first_day, last_day, kinds) AS p
GROUP BY GROUPING SETS ((p.kind, p.starts, p.ends, p.repository), (p.kind, p.starts, p.ends))
$rows$
);
COMMENT ON FUNCTION dora_cells IS
'DORA''s metrics for periods of these kinds (day, week, month; window: the whole span as one period) with an event between two days. A week at the edge of the span is cut off there.';

-- The numbers among the columns of a row, as SQL lists them; what names the row and its period is left out.
CREATE OR REPLACE FUNCTION ops.mart_dora_numbers() RETURNS text []
LANGUAGE sql STABLE
RETURN ARRAY(
    SELECT listed.name
    FROM unnest(ops.columns_of('public.mart_dora_closed')) WITH ORDINALITY AS listed (name, place)
    WHERE listed.name NOT IN ('month_key', 'period_kind', 'period_start', 'repository')
    ORDER BY listed.place
);
COMMENT ON FUNCTION ops.mart_dora_numbers IS 'The columns of mart_dora that are numbers of a period.';

-- A week belongs to the month in which it ends, so that it is finished when that month is.
SELECT ops.define_mart_rows('mart_dora', $rows$
SELECT cell.*
FROM dora_cells(
    date_trunc('week', ops.first_day_of(first_month)::timestamp)::date,
    ops.last_day_of(last_month),
    ARRAY['day', 'week', 'month']
) AS cell
WHERE cell.month_key BETWEEN first_month AND last_month
$rows$);
COMMENT ON FUNCTION mart_dora_rows IS
'The rows of mart_dora, without empty periods, for periods that end in the months (yyyymm) from first to last.';
