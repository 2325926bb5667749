-- Development by month and ISO week, priority, complexity and type of agent.
SELECT ops.register_mart(
    'mart_development_performance',
    grain => ARRAY['year', 'month', 'week_of_year', 'priority', 'complexity', 'agent_type'],
    subjects => ARRAY['fact_issue_processing', 'fact_agent_execution', 'fact_deployment']
);

SELECT ops.define_mart_rows('mart_development_performance', $rows$
WITH issue_day AS (
    SELECT *
    FROM fact_issue_processing AS fact
    WHERE fact.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
),

-- A deployment stands with its issue's day, whose agent it shares; there is at most one such day.
production_deployment AS (
    SELECT
        fact.time_key,
        COALESCE(issue_day.issue_key, fact.issue_key) AS issue_key,
        COALESCE(issue_day.agent_key, -1) AS agent_key,
        fact.deployment_status = 'SUCCESS' AS is_success
    FROM fact_deployment AS fact
    LEFT JOIN issue_day ON fact.issue_id = issue_day.issue_id AND fact.time_key = issue_day.time_key
    WHERE
        fact.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
        AND fact.environment = 'production'
        AND fact.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK')
),

-- What agents cost belongs to those that did the work, not to the day's last one, which the day itself stands with.
agent_cost AS (
    SELECT
        fact.time_key,
        fact.agent_key,
        COALESCE(issue_day.issue_key, fact.issue_key) AS issue_key,
        sum(fact.llm_cost_usd) AS usd,
        sum(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_source = 'estimated') AS estimated_usd,
        sum(COALESCE(fact.llm_cost_list_high_usd, fact.llm_cost_usd)) FILTER (WHERE fact.llm_cost_source = 'estimated')
            AS estimated_high_usd,
        sum(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_is_suspect) AS suspect_usd
    FROM fact_agent_execution AS fact
    LEFT JOIN issue_day ON fact.issue_id = issue_day.issue_id AND fact.time_key = issue_day.time_key
    WHERE
        fact.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
        AND fact.issue_id IS NOT NULL
        AND fact.llm_cost_usd IS NOT NULL
    GROUP BY fact.time_key, fact.agent_key, COALESCE(issue_day.issue_key, fact.issue_key)
),

-- Issue days, costs and deployments one under the other: joined, they would multiply each other.
measure AS (
    SELECT
        issue_day.time_key,
        issue_day.issue_key,
        issue_day.agent_key,
        issue_day.issue_id,
        issue_day.files_modified,
        issue_day.lines_of_code_generated AS lines,
        issue_day.processing_duration_seconds AS seconds,
        issue_day.review_score,
        issue_day.test_coverage_percent,
        issue_day.clippy_warnings,
        issue_day.fmt_issues,
        issue_day.build_success,
        issue_day.test_success,
        issue_day.deployment_success,
        NULL::numeric AS ai_cost_usd,
        NULL::numeric AS estimated_usd,
        NULL::numeric AS estimated_high_usd,
        NULL::numeric AS suspect_usd,
        issue_day.infrastructure_cost_usd,
        issue_day.lead_time_hours,
        NULL::boolean AS production_success
    FROM issue_day
    UNION ALL
    SELECT
        spent.time_key, spent.issue_key, spent.agent_key,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        spent.usd, spent.estimated_usd, spent.estimated_high_usd, spent.suspect_usd,
        NULL, NULL, NULL
    FROM agent_cost AS spent
    UNION ALL
    SELECT
        done.time_key, done.issue_key, done.agent_key,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        done.is_success
    FROM production_deployment AS done
),

-- Dimensions are read by surrogate key: the version in force on the day, whatever became of the issue since.
described AS (
    SELECT
        measure.*,
        COALESCE(issue.priority, '(unknown)') AS priority,
        COALESCE(issue.complexity, '(unknown)') AS complexity,
        COALESCE(agent.agent_type, '(unknown)') AS agent_type,
        calendar.day,
        -- A week that spans two months has a row, and its share of the days, in each.
        GREATEST(date_trunc('week', calendar.day), date_trunc('month', calendar.day))::date AS starts,
        LEAST(
            date_trunc('week', calendar.day) + INTERVAL '6 days',
            date_trunc('month', calendar.day) + INTERVAL '1 month - 1 day'
        )::date AS ends
    FROM measure
    CROSS JOIN LATERAL (SELECT ops.day_of(measure.time_key)::timestamp AS day) AS calendar
    -- Looked up one by one: a hash of the dimension would grow with history. OFFSET 0 keeps the planner from it.
    LEFT JOIN LATERAL (
        SELECT
            version.priority,
            version.complexity
        FROM dim_issue AS version
        WHERE version.issue_key = measure.issue_key
        OFFSET 0
    ) AS issue ON TRUE
    LEFT JOIN dim_agent AS agent ON measure.agent_key = agent.agent_key
)

SELECT
    ops.month_of(d.starts) AS month_key,
    extract(YEAR FROM d.starts)::integer AS year,
    extract(QUARTER FROM d.starts)::integer AS quarter,
    extract(MONTH FROM d.starts)::integer AS month,
    extract(WEEK FROM d.starts)::integer AS week_of_year,
    extract(ISOYEAR FROM d.starts)::integer AS iso_year,
    d.priority,
    d.complexity,
    d.agent_type,
    d.starts AS period_start,
    d.ends AS period_end,
    count(DISTINCT d.issue_id) AS total_issues,
    count(d.issue_id) AS issue_days,
    sum(d.files_modified)::numeric AS total_files_modified,
    sum(d.lines)::numeric AS total_lines_generated,
    round(avg(d.seconds), 6) AS avg_processing_time_seconds,
    round(percentile_cont(0.5) WITHIN GROUP (ORDER BY d.seconds::double precision)::numeric, 6) AS median_processing_time_seconds,
    round(percentile_cont(0.95) WITHIN GROUP (ORDER BY d.seconds::double precision)::numeric, 6) AS p95_processing_time_seconds,
    min(d.seconds) AS min_processing_time_seconds,
    max(d.seconds) AS max_processing_time_seconds,
    round(avg(d.review_score), 6) AS avg_review_score,
    round(avg(d.test_coverage_percent), 6) AS avg_test_coverage,
    sum(d.clippy_warnings)::numeric AS total_clippy_warnings,
    sum(d.fmt_issues)::numeric AS total_fmt_issues,
    count(d.build_success) AS builds_known,
    round(100.0 * count(*) FILTER (WHERE d.build_success) / NULLIF(count(d.build_success), 0), 6) AS build_success_rate,
    count(d.test_success) AS tests_known,
    round(100.0 * count(*) FILTER (WHERE d.test_success) / NULLIF(count(d.test_success), 0), 6) AS test_success_rate,
    count(d.deployment_success) AS deployments_known,
    round(100.0 * count(*) FILTER (WHERE d.deployment_success) / NULLIF(count(d.deployment_success), 0), 6) AS deployment_success_rate,
    sum(d.ai_cost_usd) AS total_ai_cost_usd,
    sum(d.infrastructure_cost_usd) AS total_infra_cost_usd,
    COALESCE(
        sum(d.ai_cost_usd) + sum(d.infrastructure_cost_usd), sum(d.ai_cost_usd), sum(d.infrastructure_cost_usd)
    ) AS total_cost_usd,
    round(
        COALESCE(
            sum(d.ai_cost_usd) + sum(d.infrastructure_cost_usd), sum(d.ai_cost_usd), sum(d.infrastructure_cost_usd)
        ) / NULLIF(count(DISTINCT d.issue_id), 0),
        10
    ) AS avg_cost_per_issue,
    round(sum(d.lines) * 3600 / NULLIF(sum(d.seconds), 0), 6) AS lines_per_hour,
    round(count(DISTINCT d.issue_id)::numeric / (d.ends - d.starts + 1), 6) AS issues_per_day,
    count(*) FILTER (WHERE d.production_success) AS deployments,
    count(*) FILTER (WHERE NOT d.production_success) AS failed_deployments,
    round(count(*) FILTER (WHERE d.production_success)::numeric / (d.ends - d.starts + 1), 6) AS deployment_frequency_per_day,
    round(avg(d.lead_time_hours), 6) AS mean_lead_time_hours,
    round(100.0 * count(*) FILTER (WHERE NOT d.production_success) / NULLIF(count(d.production_success), 0), 6) AS change_failure_rate,
    sum(d.estimated_usd) AS estimated_cost_usd,
    sum(d.estimated_high_usd) AS estimated_cost_high_usd,
    sum(d.suspect_usd) AS suspect_cost_usd
FROM described AS d
GROUP BY d.starts, d.ends, d.priority, d.complexity, d.agent_type
$rows$);
COMMENT ON FUNCTION mart_development_performance_rows IS
'The rows of mart_development_performance for the months (yyyymm) from first to last, computed from the facts.';

CREATE MATERIALIZED VIEW mart_development_performance_new AS
WITH part AS (
    -- Each row has a null in one of the first two columns: a concurrent refresh compares rows without any with each other.
    SELECT
        NULL::boolean AS is_provisional,
        closed.month_key AS finished_month,
        closed.*
    FROM mart_development_performance_closed AS closed
    UNION ALL
    SELECT
        TRUE,
        NULL,
        live.*
    FROM ops.mart_state AS state
    CROSS JOIN LATERAL mart_development_performance_rows(state.open_from, 999912) AS live
    WHERE state.mart = 'mart_development_performance'
)

SELECT
    year,
    quarter,
    month,
    week_of_year,
    priority,
    complexity,
    agent_type,
    total_issues,
    total_files_modified,
    total_lines_generated,
    avg_processing_time_seconds,
    median_processing_time_seconds,
    p95_processing_time_seconds,
    min_processing_time_seconds,
    max_processing_time_seconds,
    avg_review_score,
    avg_test_coverage,
    total_clippy_warnings,
    total_fmt_issues,
    build_success_rate,
    test_success_rate,
    deployment_success_rate,
    total_ai_cost_usd,
    total_infra_cost_usd,
    total_cost_usd,
    avg_cost_per_issue,
    lines_per_hour,
    issues_per_day,
    deployment_frequency_per_day,
    mean_lead_time_hours,
    change_failure_rate,
    period_start,
    period_end,
    iso_year,
    issue_days,
    builds_known,
    tests_known,
    deployments_known,
    deployments,
    failed_deployments,
    estimated_cost_usd,
    estimated_cost_high_usd,
    suspect_cost_usd,
    finished_month,
    is_provisional
FROM part
WITH NO DATA;
SELECT ops.place_mart('mart_development_performance');

COMMENT ON MATERIALIZED VIEW mart_development_performance IS
'Development by month and ISO week (a week that spans two months has a row in each), priority, complexity and type of agent,
from fact_issue_processing, the costs of fact_agent_execution and the production deployments of fact_deployment.
Attributes are those of the issue''s version in force on the day. ''(unknown)'' stands for what the source does not say. Rates are percent of the known values.';
COMMENT ON COLUMN mart_development_performance.year IS 'Calendar year of the days counted.';
COMMENT ON COLUMN mart_development_performance.quarter IS 'Calendar quarter, 1 to 4.';
COMMENT ON COLUMN mart_development_performance.month IS 'Calendar month, 1 to 12.';
COMMENT ON COLUMN mart_development_performance.week_of_year IS
'ISO week, 1 to 53; the first days of January can lie in week 52 or 53 and the last of December in week 1, see iso_year.';
COMMENT ON COLUMN mart_development_performance.priority IS 'P0 to P4 of the issue on its day; (unknown) where it had none.';
COMMENT ON COLUMN mart_development_performance.complexity IS 'trivial to critical, as of the day; (unknown) where it had none.';
COMMENT ON COLUMN mart_development_performance.agent_type IS
'Type of agent; (unknown) where no agent worked or the type is not known. LLM costs stand with the agent whose executions they are,
all else with the day''s last agent of the issue: the row of an agent that only took part has costs and no issue.';
COMMENT ON COLUMN mart_development_performance.total_issues IS
'Distinct issues with activity in the period; not additive over weeks: an issue worked on in two weeks counts in both.';
COMMENT ON COLUMN mart_development_performance.total_files_modified IS 'Files of code generations; null when none is known.';
COMMENT ON COLUMN mart_development_performance.total_lines_generated IS 'Lines of code generated; null when none is known.';
COMMENT ON COLUMN mart_development_performance.avg_processing_time_seconds IS
'Mean agent seconds of an issue''s day, over days on which they are known; null when on none.';
COMMENT ON COLUMN mart_development_performance.median_processing_time_seconds IS
'Median agent seconds of an issue''s day, interpolated; null when none is known.';
COMMENT ON COLUMN mart_development_performance.p95_processing_time_seconds IS
'95th percentile of agent seconds of an issue''s day, interpolated; null when none is known.';
COMMENT ON COLUMN mart_development_performance.min_processing_time_seconds IS 'Fewest agent seconds of an issue''s day; null when none is known.';
COMMENT ON COLUMN mart_development_performance.max_processing_time_seconds IS 'Most agent seconds of an issue''s day; null when none is known.';
COMMENT ON COLUMN mart_development_performance.avg_review_score IS 'Mean review score, 0 to 1, as known at each day''s end; null without a review.';
COMMENT ON COLUMN mart_development_performance.avg_test_coverage IS 'Mean test coverage in percent, as known at each day''s end; null without one.';
COMMENT ON COLUMN mart_development_performance.total_clippy_warnings IS 'Clippy warnings of code generations; null when none is known.';
COMMENT ON COLUMN mart_development_performance.total_fmt_issues IS 'Format issues of code generations; null when none is known.';
COMMENT ON COLUMN mart_development_performance.build_success_rate IS
'Percent of issue days with a code generation whose build was clean; null without a code generation.';
COMMENT ON COLUMN mart_development_performance.test_success_rate IS
'Percent of issue days with a review whose coverage reached the threshold; null without a review.';
COMMENT ON COLUMN mart_development_performance.deployment_success_rate IS
'Percent of issue days with a finished deployment, to any environment, that succeeded; null without one.';
COMMENT ON COLUMN mart_development_performance.total_ai_cost_usd IS
'LLM cost of this type''s executions for issues, USD, reported or estimated by the lower end, suspect reports included;
null when none is known. Over all types it is the cost of the executions that name an issue.';
COMMENT ON COLUMN mart_development_performance.total_infra_cost_usd IS 'Infrastructure cost of deployments, USD; null when none is known.';
COMMENT ON COLUMN mart_development_performance.total_cost_usd IS 'Both costs together, USD, of what is known; null when neither is.';
COMMENT ON COLUMN mart_development_performance.avg_cost_per_issue IS
'total_cost_usd by total_issues, USD; null when no cost is known or no issue counted. Over types of agent: divide the sums.';
COMMENT ON COLUMN mart_development_performance.lines_per_hour IS
'Lines generated by hour of agent time; null when lines or time are not known or the time is 0.';
COMMENT ON COLUMN mart_development_performance.issues_per_day IS 'total_issues by calendar days of the period.';
COMMENT ON COLUMN mart_development_performance.deployment_frequency_per_day IS
'Successful production deployments by calendar days of the period; 0 without one.';
COMMENT ON COLUMN mart_development_performance.mean_lead_time_hours IS
'Mean hours from creation to closing of the issues closed in the period; null when none was. For DORA''s lead time see mart_dora.';
COMMENT ON COLUMN mart_development_performance.change_failure_rate IS
'Percent of production deployments (not issues) that failed or were rolled back; null without a deployment.';
COMMENT ON COLUMN mart_development_performance.period_start IS 'First day of the week that lies in the month.';
COMMENT ON COLUMN mart_development_performance.period_end IS 'Last day of the week that lies in the month.';
COMMENT ON COLUMN mart_development_performance.iso_year IS 'Year that the ISO week belongs to.';
COMMENT ON COLUMN mart_development_performance.issue_days IS 'Rows of fact_issue_processing counted: issues times their active days.';
COMMENT ON COLUMN mart_development_performance.builds_known IS 'Issue days with a known build result: the denominator of its rate.';
COMMENT ON COLUMN mart_development_performance.tests_known IS 'Issue days with a known test result: the denominator of its rate.';
COMMENT ON COLUMN mart_development_performance.deployments_known IS 'Issue days with a known deployment result: the denominator of its rate.';
COMMENT ON COLUMN mart_development_performance.deployments IS 'Successful production deployments.';
COMMENT ON COLUMN mart_development_performance.failed_deployments IS 'Production deployments that failed or were rolled back.';
COMMENT ON COLUMN mart_development_performance.estimated_cost_usd IS
'The part of total_ai_cost_usd estimated from tokens and list price, USD; null when nothing was estimated.
Where the source does not tell cached tokens apart, the lower end: all input read from the cache.';
COMMENT ON COLUMN mart_development_performance.estimated_cost_high_usd IS
'Upper end of estimated_cost_usd, no input from the cache, USD; equal to it where cached tokens are told apart.';
COMMENT ON COLUMN mart_development_performance.suspect_cost_usd IS
'The part of total_ai_cost_usd whose report lies far from the price list, USD; null when none does.';
COMMENT ON COLUMN mart_development_performance.finished_month IS 'Month (yyyymm) that the row was finished with; null while it is provisional.';
COMMENT ON COLUMN mart_development_performance.is_provisional IS
'True while the look-back reaches the month, whose rows are computed again at each refresh; null once it is finished.';

SELECT ops.finish_mart('mart_development_performance');

-- A finished month shows agents by their type; when that is corrected, its months are restated.
CREATE OR REPLACE FUNCTION ops.mart_development_performance_mark() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM ops.mark_dirty('mart_development_performance', ARRAY(
        SELECT closed.month_key
        FROM mart_development_performance_closed AS closed
        WHERE closed.agent_type = COALESCE(old.agent_type, '(unknown)')
        UNION ALL
        SELECT state.open_from FROM ops.mart_state AS state WHERE state.mart = 'mart_development_performance'
    ));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ops.mart_development_performance_mark IS
'Marks the months of mart_development_performance that show an agent whose type was corrected.';

CREATE OR REPLACE TRIGGER mark_development_performance AFTER UPDATE ON dim_agent
FOR EACH ROW
WHEN (old.agent_type IS DISTINCT FROM new.agent_type)
EXECUTE FUNCTION ops.mart_development_performance_mark();
