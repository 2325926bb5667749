-- Changes, pull requests and deployments with a coding agent beside those without, by month and repository.
SELECT ops.register_mart(
    'mart_agent_impact',
    grain => ARRAY['year', 'month', 'repository', 'made_with_agent'],
    subjects => ARRAY['fact_change', 'fact_pull_request', 'fact_deployment'],
    follows_days => TRUE
);

-- A row with the repository (all) is computed from the single rows, not from the others: a median is a median of rows.
SELECT ops.define_mart_rows('mart_agent_impact', $rows$
WITH event AS (
    SELECT
        change.time_key / 100 AS month_key,
        change.repository,
        change.made_with_agent,
        'change' AS what,
        change.agent_share,
        change.lines_added + change.lines_deleted AS size_lines,
        change.lead_time_hours,
        change.deployed_at IS NOT NULL AS is_deployed,
        change.is_failed,
        change.is_settled,
        change.is_reverted,
        change.settled_lines_added,
        change.settled_lines_churned,
        change.cost_usd,
        change.suspect_cost_usd,
        change.tokens_input,
        change.tokens_output,
        change.tokens_cache_read,
        pull.change_key IS NOT NULL AS is_pull_request,
        pull.first_review_hours,
        pull.review_hours,
        pull.merge_hours,
        pull.review_rounds,
        pull.is_merged_without_review
    FROM known_changes(first_month, last_month) AS change
    LEFT JOIN fact_pull_request AS pull ON change.change_key = pull.change_key
    UNION ALL
    SELECT
        done.month_key,
        done.repository,
        ops.agent_word(done.agent_share),
        CASE WHEN done.is_success THEN 'deployment' ELSE 'failed deployment' END,
        done.agent_share,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, FALSE, NULL, NULL, NULL, NULL, NULL
    FROM deployments_with_agents(first_month, last_month) AS done
)

SELECT
    e.month_key,
    e.month_key / 100 AS year,
    e.month_key % 100 AS month,
    COALESCE(e.repository, '(all)') AS repository,
    e.made_with_agent,
    count(*) FILTER (WHERE e.what = 'change') AS changes,
    sum(e.agent_share) FILTER (WHERE e.what = 'change') AS agent_share_of_changes,
    count(*) FILTER (WHERE e.is_pull_request) AS pull_requests,
    count(e.size_lines) AS sized_changes,
    sum(e.size_lines)::numeric AS size_lines,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY e.size_lines::double precision))::numeric, 6) AS size_median_lines,
    count(*) FILTER (WHERE e.is_deployed) AS deployed_changes,
    count(e.lead_time_hours) AS lead_time_changes,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY e.lead_time_hours::double precision))::numeric, 6) AS lead_time_median_hours,
    count(*) FILTER (WHERE e.is_failed) AS failed_changes,
    count(*) FILTER (WHERE e.is_settled) AS settled_changes,
    count(*) FILTER (WHERE e.is_settled AND e.is_reverted) AS reverted_changes,
    round(
        count(*) FILTER (WHERE e.is_settled AND e.is_reverted)::numeric / NULLIF(count(*) FILTER (WHERE e.is_settled), 0), 6
    ) AS reverted_rate,
    sum(e.settled_lines_added)::numeric AS code_lines_added,
    sum(e.settled_lines_churned)::numeric AS code_lines_churned,
    round(sum(e.settled_lines_churned)::numeric / NULLIF(sum(e.settled_lines_added), 0), 6) AS churn_rate,
    count(e.cost_usd) AS changes_with_cost,
    sum(e.cost_usd) AS cost_usd,
    sum(e.suspect_cost_usd) AS suspect_cost_usd,
    round(sum(e.cost_usd) / NULLIF(count(e.cost_usd), 0), 6) AS cost_per_change_usd,
    round(
        sum(e.cost_usd) FILTER (WHERE e.settled_lines_added IS NOT NULL)
        / NULLIF(sum(e.settled_lines_added - e.settled_lines_churned) FILTER (WHERE e.cost_usd IS NOT NULL), 0),
        6
    ) AS cost_per_surviving_line_usd,
    sum(e.tokens_input) AS tokens_input,
    sum(e.tokens_output) AS tokens_output,
    sum(e.tokens_cache_read) AS tokens_cache_read,
    count(e.first_review_hours) AS reviewed_pull_requests,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY e.first_review_hours::double precision))::numeric, 6)
        AS first_review_median_hours,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY e.review_hours::double precision))::numeric, 6) AS review_median_hours,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY e.merge_hours::double precision))::numeric, 6) AS merge_median_hours,
    round(avg(e.review_rounds), 6) AS avg_review_rounds,
    count(e.is_merged_without_review) AS judged_merges,
    count(*) FILTER (WHERE e.is_merged_without_review) AS merges_without_review,
    count(*) FILTER (WHERE e.what = 'deployment') AS deployments,
    count(*) FILTER (WHERE e.what = 'failed deployment') AS failed_deployments,
    round(
        count(*) FILTER (WHERE e.what = 'failed deployment')::numeric / NULLIF(count(*) FILTER (WHERE e.what <> 'change'), 0), 6
    ) AS change_failure_rate,
    sum(e.agent_share) FILTER (WHERE e.what <> 'change') AS agent_share_of_deployments,
    sum(e.agent_share) FILTER (WHERE e.what = 'failed deployment') AS agent_share_of_failed_deployments
FROM event AS e
GROUP BY GROUPING SETS ((e.month_key, e.made_with_agent, e.repository), (e.month_key, e.made_with_agent))
$rows$);
COMMENT ON FUNCTION mart_agent_impact_rows IS
'The rows of mart_agent_impact for the months (yyyymm) from first to last, computed from the facts.';

CREATE MATERIALIZED VIEW mart_agent_impact_new AS
WITH part AS (
    -- Each row has a null in one of the first two columns: a concurrent refresh compares rows without any with each other.
    SELECT
        NULL::boolean AS is_provisional,
        closed.month_key AS finished_month,
        closed.*
    FROM mart_agent_impact_closed AS closed
    UNION ALL
    SELECT
        TRUE,
        NULL,
        live.*
    FROM ops.mart_state AS state
    CROSS JOIN LATERAL mart_agent_impact_rows(state.open_from, 999912) AS live
    WHERE state.mart = 'mart_agent_impact'
)

SELECT
    year,
    month,
    repository,
    made_with_agent,
    changes,
    agent_share_of_changes,
    pull_requests,
    sized_changes,
    size_lines,
    size_median_lines,
    deployed_changes,
    lead_time_changes,
    lead_time_median_hours,
    failed_changes,
    settled_changes,
    reverted_changes,
    reverted_rate,
    code_lines_added,
    code_lines_churned,
    churn_rate,
    changes_with_cost,
    cost_usd,
    suspect_cost_usd,
    cost_per_change_usd,
    cost_per_surviving_line_usd,
    tokens_input,
    tokens_output,
    tokens_cache_read,
    reviewed_pull_requests,
    first_review_median_hours,
    review_median_hours,
    merge_median_hours,
    avg_review_rounds,
    judged_merges,
    merges_without_review,
    deployments,
    failed_deployments,
    change_failure_rate,
    agent_share_of_deployments,
    agent_share_of_failed_deployments,
    finished_month,
    is_provisional
FROM part
WITH NO DATA;
SELECT ops.place_mart('mart_agent_impact');

COMMENT ON MATERIALIZED VIEW mart_agent_impact IS
'Changes and production deployments with a coding agent, without one, and where that is unknown, by month and repository; (all) is all repositories together.
A change counts in the month in which it was merged, with what became of it later; a deployment in its own.';
COMMENT ON COLUMN mart_agent_impact.year IS 'Calendar year.';
COMMENT ON COLUMN mart_agent_impact.month IS 'Calendar month, 1 to 12.';
COMMENT ON COLUMN mart_agent_impact.repository IS 'Repository; (unknown) where the source names none, (all) for all together.';
COMMENT ON COLUMN mart_agent_impact.made_with_agent IS
'yes with any evidence; no without, where the repository had means that give some; unknown where it had none. Of a deployment: of its changes.';
COMMENT ON COLUMN mart_agent_impact.changes IS 'Changes that were merged.';
COMMENT ON COLUMN mart_agent_impact.agent_share_of_changes IS 'The same, each by the share of its commits with evidence; null where unknown.';
COMMENT ON COLUMN mart_agent_impact.pull_requests IS 'Of the changes those whose pull request the source has.';
COMMENT ON COLUMN mart_agent_impact.sized_changes IS 'Changes whose lines are known.';
COMMENT ON COLUMN mart_agent_impact.size_lines IS 'Their lines added and deleted; null when none are known.';
COMMENT ON COLUMN mart_agent_impact.size_median_lines IS 'Median of their lines added and deleted; null when none are known.';
COMMENT ON COLUMN mart_agent_impact.deployed_changes IS 'Changes that a successful production deployment carried.';
COMMENT ON COLUMN mart_agent_impact.lead_time_changes IS 'Changes whose lead time is known.';
COMMENT ON COLUMN mart_agent_impact.lead_time_median_hours IS 'Median hours from first commit to deployment; null without any.';
COMMENT ON COLUMN mart_agent_impact.failed_changes IS 'Changes of whose issue a production deployment failed or was rolled back after the first commit.';
COMMENT ON COLUMN mart_agent_impact.settled_changes IS 'Changes whose 14 days were over on the last loaded day; the only ones that can have reverted_rate and churn_rate.';
COMMENT ON COLUMN mart_agent_impact.reverted_changes IS 'Of these the ones that were taken back within 14 days.';
COMMENT ON COLUMN mart_agent_impact.reverted_rate IS 'reverted_changes by settled_changes, 0 to 1; null without any.';
COMMENT ON COLUMN mart_agent_impact.code_lines_added IS 'Code lines added by settled changes; null when none are counted.';
COMMENT ON COLUMN mart_agent_impact.code_lines_churned IS 'Of these the ones changed or removed within 14 days; null when none are counted.';
COMMENT ON COLUMN mart_agent_impact.churn_rate IS 'code_lines_churned by code_lines_added, 0 to 1; null without any.';
COMMENT ON COLUMN mart_agent_impact.changes_with_cost IS 'Changes whose LLM cost is known.';
COMMENT ON COLUMN mart_agent_impact.cost_usd IS 'Their LLM cost, USD, without suspect reports; null when none is known.';
COMMENT ON COLUMN mart_agent_impact.suspect_cost_usd IS 'Suspect reports of them, USD; null without any.';
COMMENT ON COLUMN mart_agent_impact.cost_per_change_usd IS 'cost_usd by changes_with_cost; null without any.';
COMMENT ON COLUMN mart_agent_impact.cost_per_surviving_line_usd IS
'LLM cost by code lines that were not changed or removed within 14 days, USD, of settled changes of which both are known; null without any.';
COMMENT ON COLUMN mart_agent_impact.tokens_input IS 'Input tokens of the changes, cached ones included; null when none are known.';
COMMENT ON COLUMN mart_agent_impact.tokens_output IS 'Output tokens of the changes; null when none are known.';
COMMENT ON COLUMN mart_agent_impact.tokens_cache_read IS 'The part of tokens_input that was read from the cache; null when not told.';
COMMENT ON COLUMN mart_agent_impact.reviewed_pull_requests IS 'Merged pull requests that somebody other than their author and bots reviewed.';
COMMENT ON COLUMN mart_agent_impact.first_review_median_hours IS 'Median hours from ready to the first human review; null without any.';
COMMENT ON COLUMN mart_agent_impact.review_median_hours IS 'Median hours from the first human review to the merge; null without any.';
COMMENT ON COLUMN mart_agent_impact.merge_median_hours IS 'Median hours from ready to the merge; null without any.';
COMMENT ON COLUMN mart_agent_impact.avg_review_rounds IS 'Mean review rounds of those that tell them; null without any.';
COMMENT ON COLUMN mart_agent_impact.judged_merges IS 'Merged pull requests of which it is known who reviewed them.';
COMMENT ON COLUMN mart_agent_impact.merges_without_review IS 'Of these the ones that nobody but their author and bots had reviewed.';
COMMENT ON COLUMN mart_agent_impact.deployments IS 'Successful production deployments.';
COMMENT ON COLUMN mart_agent_impact.failed_deployments IS 'Production deployments that failed or were rolled back.';
COMMENT ON COLUMN mart_agent_impact.change_failure_rate IS 'failed_deployments by all deployments that reached an end, 0 to 1; null without any.';
COMMENT ON COLUMN mart_agent_impact.agent_share_of_deployments IS
'Deployments that reached an end, each by the mean agent_share of its changes; null where unknown.';
COMMENT ON COLUMN mart_agent_impact.agent_share_of_failed_deployments IS 'The same of failed ones; by the sum of the two the failure rate is weighted.';
COMMENT ON COLUMN mart_agent_impact.finished_month IS 'Month (yyyymm) that the row was finished with; null while it is provisional.';
COMMENT ON COLUMN mart_agent_impact.is_provisional IS
'True while the look-back reaches the month, whose rows are computed again at each refresh; null once it is finished.';

SELECT ops.finish_mart('mart_agent_impact');

-- Which months a change touches beyond its own: those in which a deployment carried it, and the month before, whose last changes
-- may be settled now.
CREATE OR REPLACE FUNCTION ops.mart_agent_impact_reach(changed integer []) RETURNS SETOF integer
LANGUAGE sql STABLE
AS $$
    SELECT unnest(changed)
    UNION
    SELECT ops.month_of(ops.first_day_of(month.key) - 1)
    FROM unnest(changed) AS month (key)
    UNION
    SELECT change.deployed_time_key / 100
    FROM unnest(changed) AS month (key)
    INNER JOIN public.fact_change AS change ON change.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
    WHERE change.deployed_time_key IS NOT NULL
$$;
COMMENT ON FUNCTION ops.mart_agent_impact_reach IS 'Months of mart_agent_impact that changes of the given months can touch, themselves included.';
