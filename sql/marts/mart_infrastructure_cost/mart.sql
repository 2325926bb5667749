-- Deployments and their cost by month and ISO week, and the infrastructure they ran on.
SELECT ops.register_mart(
    'mart_infrastructure_cost',
    grain => ARRAY['year', 'month', 'week_of_year', 'cloud_provider', 'region', 'resource_type', 'instance_type'],
    subjects => ARRAY['fact_deployment']
);

SELECT ops.define_mart_rows('mart_infrastructure_cost', $rows$
WITH deployment AS (
    SELECT
        fact.*,
        COALESCE(resource.cloud_provider, '(unknown)') AS cloud_provider,
        COALESCE(resource.region, '(unknown)') AS region,
        COALESCE(resource.resource_type, '(unknown)') AS resource_type,
        COALESCE(resource.instance_type, '(unknown)') AS instance_type,
        GREATEST(date_trunc('week', calendar.day), date_trunc('month', calendar.day))::date AS starts,
        LEAST(
            date_trunc('week', calendar.day) + INTERVAL '6 days',
            date_trunc('month', calendar.day) + INTERVAL '1 month - 1 day'
        )::date AS ends
    FROM fact_deployment AS fact
    CROSS JOIN LATERAL (SELECT ops.day_of(fact.time_key)::timestamp AS day) AS calendar
    LEFT JOIN dim_infrastructure AS resource ON fact.infrastructure_key = resource.infrastructure_key
    WHERE fact.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
)

SELECT
    ops.month_of(d.starts) AS month_key,
    extract(YEAR FROM d.starts)::integer AS year,
    extract(QUARTER FROM d.starts)::integer AS quarter,
    extract(MONTH FROM d.starts)::integer AS month,
    extract(WEEK FROM d.starts)::integer AS week_of_year,
    extract(ISOYEAR FROM d.starts)::integer AS iso_year,
    d.cloud_provider,
    d.region,
    d.resource_type,
    d.instance_type,
    d.starts AS period_start,
    d.ends AS period_end,
    count(*) AS total_deployments,
    count(*) FILTER (WHERE d.deployment_status = 'SUCCESS') AS successful_deployments,
    count(*) FILTER (WHERE d.deployment_status = 'FAILED') AS failed_deployments,
    count(*) FILTER (WHERE d.deployment_status = 'ROLLED_BACK') AS rolled_back_deployments,
    count(*) FILTER (WHERE d.deployment_status = 'PARTIAL') AS partial_deployments,
    round(100.0 * count(*) FILTER (WHERE d.deployment_status = 'SUCCESS') / count(*), 6) AS success_rate,
    round(avg(d.deployment_duration_seconds), 6) AS avg_duration_seconds,
    round(
        percentile_cont(0.5) WITHIN GROUP (ORDER BY d.deployment_duration_seconds::double precision)::numeric, 6
    ) AS median_duration_seconds,
    round(
        percentile_cont(0.95) WITHIN GROUP (ORDER BY d.deployment_duration_seconds::double precision)::numeric, 6
    ) AS p95_duration_seconds,
    min(d.deployment_duration_seconds) AS min_duration_seconds,
    max(d.deployment_duration_seconds) AS max_duration_seconds,
    sum(d.total_cost_usd) AS total_cost_usd,
    round(avg(d.total_cost_usd), 10) AS avg_cost_usd,
    sum(d.infrastructure_cost_usd) AS infrastructure_cost_usd,
    sum(d.data_transfer_cost_usd) AS data_transfer_cost_usd,
    sum(d.total_cost_usd) FILTER (WHERE d.environment = 'dev') AS dev_cost_usd,
    sum(d.total_cost_usd) FILTER (WHERE d.environment = 'staging') AS staging_cost_usd,
    sum(d.total_cost_usd) FILTER (WHERE d.environment = 'production') AS production_cost_usd,
    count(d.total_cost_usd) AS deployments_with_cost,
    round(sum(d.total_cost_usd) / NULLIF(count(*) FILTER (WHERE d.deployment_status = 'SUCCESS'), 0), 10) AS cost_per_successful_deployment_usd,
    sum(d.rollback_count)::numeric AS total_rollbacks,
    round(avg(d.health_check_pass_rate), 6) AS avg_health_check_pass_rate,
    sum(d.error_count)::numeric AS total_errors,
    sum(d.warning_count)::numeric AS total_warnings
FROM deployment AS d
GROUP BY d.starts, d.ends, d.cloud_provider, d.region, d.resource_type, d.instance_type
$rows$);
COMMENT ON FUNCTION mart_infrastructure_cost_rows IS
'The rows of mart_infrastructure_cost for the months (yyyymm) from first to last, computed from the facts.';

CREATE MATERIALIZED VIEW mart_infrastructure_cost_new AS
WITH part AS (
    -- Each row has a null in one of the first two columns: a concurrent refresh compares rows without any with each other.
    SELECT
        NULL::boolean AS is_provisional,
        closed.month_key AS finished_month,
        closed.*
    FROM mart_infrastructure_cost_closed AS closed
    UNION ALL
    SELECT
        TRUE,
        NULL,
        live.*
    FROM ops.mart_state AS state
    CROSS JOIN LATERAL mart_infrastructure_cost_rows(state.open_from, 999912) AS live
    WHERE state.mart = 'mart_infrastructure_cost'
)

SELECT
    year,
    quarter,
    month,
    week_of_year,
    cloud_provider,
    region,
    resource_type,
    instance_type,
    total_deployments,
    successful_deployments,
    failed_deployments,
    rolled_back_deployments,
    partial_deployments,
    success_rate,
    avg_duration_seconds,
    median_duration_seconds,
    p95_duration_seconds,
    min_duration_seconds,
    max_duration_seconds,
    total_cost_usd,
    avg_cost_usd,
    dev_cost_usd,
    staging_cost_usd,
    production_cost_usd,
    cost_per_successful_deployment_usd,
    total_rollbacks,
    avg_health_check_pass_rate,
    period_start,
    period_end,
    iso_year,
    infrastructure_cost_usd,
    data_transfer_cost_usd,
    deployments_with_cost,
    total_errors,
    total_warnings,
    finished_month,
    is_provisional
FROM part
WITH NO DATA;
SELECT ops.place_mart('mart_infrastructure_cost');

COMMENT ON MATERIALIZED VIEW mart_infrastructure_cost IS
'Deployments that reached an end, to any environment, and their cost by month and ISO week (a week that spans two months has a
row in each) and the infrastructure they ran on, from fact_deployment alone: measurements are not joined, they would multiply
the cost. ''(unknown)'' stands for what the source does not say.';
COMMENT ON COLUMN mart_infrastructure_cost.year IS 'Calendar year of the deployments.';
COMMENT ON COLUMN mart_infrastructure_cost.quarter IS 'Calendar quarter, 1 to 4.';
COMMENT ON COLUMN mart_infrastructure_cost.month IS 'Calendar month, 1 to 12.';
COMMENT ON COLUMN mart_infrastructure_cost.week_of_year IS
'ISO week, 1 to 53; the first days of January can lie in week 52 or 53 and the last of December in week 1, see iso_year.';
COMMENT ON COLUMN mart_infrastructure_cost.cloud_provider IS 'Provider of the resource; (unknown) where none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.region IS 'Region of the resource; (unknown) where none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.resource_type IS 'Kind of resource (EC2, ECS ...); (unknown) where none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.instance_type IS 'Size of the resource; (unknown) where none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.total_deployments IS 'Deployments that reached an end.';
COMMENT ON COLUMN mart_infrastructure_cost.successful_deployments IS 'Those that succeeded and were not rolled back.';
COMMENT ON COLUMN mart_infrastructure_cost.failed_deployments IS 'Those that failed.';
COMMENT ON COLUMN mart_infrastructure_cost.rolled_back_deployments IS 'Those that were rolled back later.';
COMMENT ON COLUMN mart_infrastructure_cost.partial_deployments IS 'Those that succeeded in part.';
COMMENT ON COLUMN mart_infrastructure_cost.success_rate IS 'Percent of the deployments that succeeded.';
COMMENT ON COLUMN mart_infrastructure_cost.avg_duration_seconds IS 'Mean duration, seconds; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.median_duration_seconds IS 'Median duration, seconds, interpolated; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.p95_duration_seconds IS '95th percentile of the duration, seconds, interpolated; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.min_duration_seconds IS 'Shortest duration, seconds; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.max_duration_seconds IS 'Longest duration, seconds; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.total_cost_usd IS 'Cost of the deployments, USD; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.avg_cost_usd IS 'Mean cost of the deployments whose cost is known, USD; null when none is.';
COMMENT ON COLUMN mart_infrastructure_cost.dev_cost_usd IS 'Cost of deployments to dev, USD; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.staging_cost_usd IS 'Cost of deployments to staging, USD; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.production_cost_usd IS 'Cost of deployments to production, USD; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.cost_per_successful_deployment_usd IS
'Cost of all deployments by number of successful ones, USD; null without a success or a known cost.';
COMMENT ON COLUMN mart_infrastructure_cost.total_rollbacks IS 'Rollbacks counted in the deployments; null when the source does not tell.';
COMMENT ON COLUMN mart_infrastructure_cost.avg_health_check_pass_rate IS 'Mean share of health checks passed, as logged; null when the source does not tell.';
COMMENT ON COLUMN mart_infrastructure_cost.period_start IS 'First day of the week that lies in the month.';
COMMENT ON COLUMN mart_infrastructure_cost.period_end IS 'Last day of the week that lies in the month.';
COMMENT ON COLUMN mart_infrastructure_cost.iso_year IS 'Year that the ISO week belongs to.';
COMMENT ON COLUMN mart_infrastructure_cost.infrastructure_cost_usd IS 'The part of the cost that is infrastructure, USD; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.data_transfer_cost_usd IS 'The part of the cost that is data transfer, USD; null when none is known.';
COMMENT ON COLUMN mart_infrastructure_cost.deployments_with_cost IS 'Deployments whose cost is known.';
COMMENT ON COLUMN mart_infrastructure_cost.total_errors IS 'Errors counted in the deployments; null when the source does not tell.';
COMMENT ON COLUMN mart_infrastructure_cost.total_warnings IS 'Warnings counted in the deployments; null when the source does not tell.';
COMMENT ON COLUMN mart_infrastructure_cost.finished_month IS 'Month (yyyymm) that the row was finished with; null while it is provisional.';
COMMENT ON COLUMN mart_infrastructure_cost.is_provisional IS
'True while the look-back reaches the month, whose rows are computed again at each refresh; null once it is finished.';

SELECT ops.finish_mart('mart_infrastructure_cost');

-- A finished month shows a resource as it was described; when that is corrected, its months are restated.
CREATE OR REPLACE FUNCTION ops.mart_infrastructure_cost_mark() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM ops.mark_dirty('mart_infrastructure_cost', ARRAY(
        SELECT closed.month_key
        FROM mart_infrastructure_cost_closed AS closed
        WHERE
            closed.cloud_provider = COALESCE(old.cloud_provider, '(unknown)')
            AND closed.region = COALESCE(old.region, '(unknown)')
            AND closed.resource_type = COALESCE(old.resource_type, '(unknown)')
            AND closed.instance_type = COALESCE(old.instance_type, '(unknown)')
        UNION ALL
        SELECT state.open_from FROM ops.mart_state AS state WHERE state.mart = 'mart_infrastructure_cost'
    ));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mart_infrastructure_cost_mark IS 'Marks the months of mart_infrastructure_cost that show a resource that was corrected.';

CREATE OR REPLACE TRIGGER mark_infrastructure_cost AFTER UPDATE ON dim_infrastructure
FOR EACH ROW
WHEN (
    (old.cloud_provider, old.region, old.resource_type, old.instance_type)
    IS DISTINCT FROM (new.cloud_provider, new.region, new.resource_type, new.instance_type)
)
EXECUTE FUNCTION ops.mart_infrastructure_cost_mark();
