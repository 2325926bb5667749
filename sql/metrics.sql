-- name: budgets
-- The budgets of a month in their order, what was spent up to a day of it, and the last of these days that was loaded.
SELECT
    budget.budget AS name,
    budget.agent,
    budget.model,
    sum(budget.budget_usd) AS usd,
    coalesce(sum(budget.cost_usd) FILTER (WHERE budget.day <= %(today)s), 0) AS spent_usd,
    (
        SELECT max(loaded.day) FROM ops.loaded_day AS loaded
        WHERE
            loaded.source_table = 'agent_execution_logs'
            AND loaded.day BETWEEN %(first)s AND least(%(today)s, %(last)s)
    ) AS last_day
FROM v_metric_budget AS budget
WHERE budget.day BETWEEN %(first)s AND %(last)s
GROUP BY budget.budget, budget.agent, budget.model
ORDER BY budget.agent NULLS FIRST, budget.model NULLS FIRST;

-- name: budget_changes
-- Decisions about budgets, the latest first.
SELECT
    coalesce(agent, 'total') || coalesce(' on ' || model, '') AS name,
    first_month,
    usd,
    usd_before,
    changed_by,
    changed_at
FROM ops.budget_change
ORDER BY change_id DESC;

-- name: change_budget
-- A budget from a month on, or its end; null for one that has been as it is.
WITH held AS (
    SELECT known.usd
    FROM ops.budget_change AS known
    WHERE
        known.agent IS NOT DISTINCT FROM %(agent)s
        AND known.model IS NOT DISTINCT FROM %(model)s
        AND known.first_month <= %(first_month)s
    ORDER BY known.change_id DESC
    LIMIT 1
)

INSERT INTO ops.budget_change (agent, model, first_month, usd, usd_before, changed_by)
SELECT
    %(agent)s,
    %(model)s,
    %(first_month)s,
    %(usd)s,
    (SELECT held.usd FROM held),
    %(changed_by)s
WHERE %(usd)s::numeric IS DISTINCT FROM (SELECT held.usd FROM held);

-- name: agents
SELECT agent_name FROM dim_agent
ORDER BY agent_name;

-- name: holidays
SELECT full_date FROM dim_time
WHERE is_holiday AND full_date BETWEEN %(first)s AND %(last)s;
