-- Cost of each agent's executions on issues that reached production, by the commits deployed for these issues, by month of
-- the deployment. A suspect report stands beside it: it would be the cost of all changes of its month.
-- An issue's cost goes to the agents that worked on it and to the month of its first deployment; its
-- commits are shared among these agents by their executions, so that no commit counts twice. Months whose executions were
-- archived are left out: the cost of their issues is no longer at hand.
WITH kept AS (
    SELECT coalesce((ops.last_day_of(max(gone.month_key)) + 1), '-infinity') AS since
    FROM ops.archived_month AS gone
    WHERE gone.fact_table = 'fact_agent_execution' AND gone.state = 'archived'
),

deployed AS (
    SELECT
        issue_id,
        date_trunc('month', min(day))::date AS month
    FROM v_dora_deployment
    WHERE is_success AND (%(repository)s = '(all)' OR repository = %(repository)s)
    GROUP BY issue_id
),

changes AS (
    SELECT
        issue_id,
        count(*) AS commits
    FROM v_dora_lead_time
    WHERE deployment_id IS NOT NULL
    GROUP BY issue_id
),

worked AS (
    SELECT
        e.issue_id,
        a.agent_name,
        count(*) AS executions,
        sum(e.llm_cost_usd) FILTER (WHERE e.llm_cost_is_suspect IS NOT TRUE) AS cost_usd,
        sum(CASE WHEN e.llm_cost_source = 'estimated' THEN coalesce(e.llm_cost_list_high_usd, e.llm_cost_usd) ELSE e.llm_cost_usd END)
            FILTER (WHERE e.llm_cost_is_suspect IS NOT TRUE) AS cost_high_usd,
        sum(e.llm_cost_usd) FILTER (WHERE e.llm_cost_is_suspect) AS suspect_usd
    FROM fact_agent_execution AS e
    INNER JOIN dim_agent AS a ON e.agent_key = a.agent_key
    WHERE e.issue_id IS NOT NULL
    GROUP BY e.issue_id, a.agent_name
),

shared AS (
    SELECT
        worked.*,
        changes.commits * worked.executions / sum(worked.executions) OVER (PARTITION BY worked.issue_id) AS commits
    FROM worked
    INNER JOIN changes ON worked.issue_id = changes.issue_id
)

SELECT
    deployed.month,
    shared.agent_name,
    sum(shared.cost_usd) AS cost_usd,
    round(sum(shared.commits), 1) AS deployed_changes,
    round(sum(shared.cost_usd) / nullif(sum(shared.commits), 0), 4) AS usd_per_deployed_change,
    sum(shared.cost_high_usd) AS cost_high_usd,
    sum(shared.suspect_usd) AS suspect_usd
FROM shared
INNER JOIN deployed ON shared.issue_id = deployed.issue_id
CROSS JOIN kept
WHERE
    deployed.month BETWEEN date_trunc('month', %(first_day)s::date) AND %(last_day)s
    AND deployed.month >= kept.since
    AND (%(agent)s = '(all)' OR shared.agent_name = %(agent)s)
GROUP BY deployed.month, shared.agent_name
ORDER BY deployed.month, usd_per_deployed_change DESC NULLS LAST, shared.agent_name;
