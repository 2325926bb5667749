-- What a deployed change cost, by month of the issue's first deployment and by agent, as the metric llm_cost_per_change counts
-- it; cost_high_usd takes estimates by their upper end. Months whose executions are in cold storage are left out where the
-- session has not joined them: the cost of their issues is not at hand.
WITH kept AS (
    SELECT coalesce((ops.last_day_of(max(gone.month_key)) + 1), '-infinity') AS since
    FROM ops.archived_month AS gone
    WHERE
        gone.fact_table = 'fact_agent_execution' AND gone.state = 'archived'
        AND to_regclass('pg_temp.cold_fact_agent_execution') IS NULL
),

worked AS (
    SELECT
        ops.first_day_of(made.time_key / 100) AS month,
        made.issue_id,
        made.agent,
        sum(made.cost_usd) AS cost_usd,
        sum(made.deployed_changes) AS changes,
        sum(made.suspect_cost_usd) AS suspect_usd
    FROM v_metric_change_cost AS made
    WHERE
        (%(repository)s = '(all)' OR made.repository = %(repository)s)
        AND (%(agent)s = '(all)' OR made.agent = %(agent)s)
    GROUP BY 1, 2, 3
),

beyond AS (
    SELECT
        spent.issue_id,
        agent.agent_name AS agent,
        sum(spent.llm_cost_list_high_usd - spent.llm_cost_usd) AS usd
    FROM fact_agent_execution AS spent
    INNER JOIN dim_agent AS agent ON spent.agent_key = agent.agent_key
    WHERE
        spent.issue_id IS NOT NULL AND spent.llm_cost_source = 'estimated' AND spent.llm_cost_is_suspect IS NOT TRUE
        AND spent.llm_cost_list_high_usd > spent.llm_cost_usd
    GROUP BY spent.issue_id, agent.agent_name
)

SELECT
    worked.month,
    worked.agent AS agent_name,
    sum(worked.cost_usd) AS cost_usd,
    round(sum(worked.changes), 1) AS deployed_changes,
    round(sum(worked.cost_usd) / nullif(sum(worked.changes), 0), 4) AS usd_per_deployed_change,
    sum(worked.cost_usd) + coalesce(sum(beyond.usd), 0) AS cost_high_usd,
    sum(worked.suspect_usd) AS suspect_usd
FROM worked
CROSS JOIN kept
LEFT JOIN beyond ON worked.issue_id = beyond.issue_id AND worked.agent = beyond.agent
WHERE
    worked.month BETWEEN date_trunc('month', %(first_day)s::date) AND %(last_day)s
    AND worked.month >= kept.since
GROUP BY worked.month, worked.agent
ORDER BY worked.month, usd_per_deployed_change DESC NULLS LAST, worked.agent;
