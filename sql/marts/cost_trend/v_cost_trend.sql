-- needs: mart_agent_performance, mart_infrastructure_cost
-- Where the money goes, month by month. One suspect report would be the trend: they stand beside it.

CREATE OR REPLACE VIEW v_cost_trend AS
WITH cost AS (
    SELECT
        make_date(agent.year, agent.month, 1) AS month_start,
        spent.scope,
        spent.item,
        trusted.usd AS cost_usd,
        trusted.usd + COALESCE(agent.estimated_cost_high_usd - agent.estimated_cost_usd, 0) AS cost_high_usd,
        agent.suspect_cost_usd
    FROM mart_agent_performance AS agent
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN agent.executions_with_cost > COALESCE(agent.suspect_executions, 0)
                    THEN agent.total_llm_cost_usd - COALESCE(agent.suspect_cost_usd, 0)
            END AS usd
    ) AS trusted
    CROSS JOIN LATERAL (
        VALUES ('all', '(all)'), ('kind', 'ai'), ('agent', agent.agent_name), ('model', agent.ai_model)
    ) AS spent (scope, item)
    UNION ALL
    SELECT
        make_date(infra.year, infra.month, 1),
        spent.scope,
        spent.item,
        infra.total_cost_usd,
        infra.total_cost_usd,
        NULL
    FROM mart_infrastructure_cost AS infra
    CROSS JOIN LATERAL (
        VALUES
        ('all', '(all)'),
        ('kind', 'infrastructure'),
        ('resource type', infra.resource_type),
        ('region', infra.region)
    ) AS spent (scope, item)
),

monthly AS (
    SELECT
        cost.scope,
        cost.item,
        cost.month_start,
        sum(cost.cost_usd) AS cost_usd,
        sum(cost.cost_high_usd) AS cost_high_usd,
        sum(cost.suspect_cost_usd) AS suspect_cost_usd
    FROM cost
    GROUP BY cost.scope, cost.item, cost.month_start
),

-- Months in which nothing ran cost nothing; leaving them out would compare a month with one that is not before it.
calendar AS (
    SELECT
        item.scope,
        item.item,
        month.starts::date AS month_start
    FROM (
        SELECT
            monthly.scope,
            monthly.item,
            min(monthly.month_start) AS first_month,
            max(max(monthly.month_start)) OVER () AS last_month
        FROM monthly
        GROUP BY monthly.scope, monthly.item
    ) AS item
    CROSS JOIN
        generate_series(item.first_month::timestamp, item.last_month::timestamp, INTERVAL '1 month') AS month (starts)
),

-- The hourly pipeline publishes days that are not over; the mart that only daily ones publish holds the horizon back.
horizon AS (
    SELECT min(state.last_day) AS last_day
    FROM ops.mart_state AS state
    WHERE state.mart IN ('mart_agent_performance', 'mart_infrastructure_cost')
),

filled AS (
    SELECT
        calendar.scope,
        calendar.item,
        calendar.month_start,
        CASE WHEN monthly.item IS NULL THEN 0 ELSE monthly.cost_usd END AS cost_usd,
        CASE WHEN monthly.item IS NULL THEN 0 ELSE monthly.cost_high_usd END AS cost_high_usd,
        monthly.suspect_cost_usd,
        ((calendar.month_start + INTERVAL '1 month - 1 day')::date <= horizon.last_day) IS NOT TRUE AS is_running
    FROM calendar
    CROSS JOIN horizon
    LEFT JOIN monthly
        ON
            calendar.scope = monthly.scope
            AND calendar.item = monthly.item
            AND calendar.month_start = monthly.month_start
)

SELECT
    scope,
    item,
    month_start,
    cost_usd,
    lag(cost_usd) OVER run AS previous_month_cost_usd,
    CASE
        WHEN NOT is_running
            THEN round(100 * (cost_usd - lag(cost_usd) OVER run) / NULLIF(lag(cost_usd) OVER run, 0), 6)
    END AS growth_percent,
    CASE
        WHEN NOT is_running AND count(*) OVER three = 3 THEN round(avg(cost_usd) OVER three, 10)
    END AS moving_average_3_months_usd,
    sum(cost_usd) OVER (
        PARTITION BY scope, item, extract(YEAR FROM month_start) ORDER BY month_start
    ) AS year_to_date_usd,
    cost_high_usd,
    suspect_cost_usd,
    is_running
FROM filled
WINDOW
    run AS (PARTITION BY scope, item ORDER BY month_start),
    three AS (PARTITION BY scope, item ORDER BY month_start ROWS BETWEEN 2 PRECEDING AND CURRENT ROW);
COMMENT ON VIEW v_cost_trend IS
'Cost by calendar month: all of it, by kind (ai, infrastructure), by agent, model, resource type and region. Within a scope the items add up;
scopes overlap, so choose one. Months from an item''s first to the last of all, those without activity at cost 0.';
COMMENT ON COLUMN v_cost_trend.scope IS 'all, kind, agent, model, resource type or region.';
COMMENT ON COLUMN v_cost_trend.item IS 'Whose cost it is; (all) in scope all.';
COMMENT ON COLUMN v_cost_trend.month_start IS 'First day of the month.';
COMMENT ON COLUMN v_cost_trend.cost_usd IS
'Cost, USD, estimates by their lower end, without suspect reports; 0 when nothing ran, null when something ran and no cost is known.';
COMMENT ON COLUMN v_cost_trend.previous_month_cost_usd IS 'Cost of the month before, USD; null in an item''s first month, or when not known.';
COMMENT ON COLUMN v_cost_trend.growth_percent IS
'Growth over the month before, percent; null when that is 0 or not known, and in a running month, which is not whole.';
COMMENT ON COLUMN v_cost_trend.moving_average_3_months_usd IS
'Mean of this and the two months before, of those known, USD; null in an item''s first two months and in a running one.';
COMMENT ON COLUMN v_cost_trend.year_to_date_usd IS 'Cost since January of the year, USD, of what is known.';
COMMENT ON COLUMN v_cost_trend.cost_high_usd IS
'Upper end of cost_usd, USD: where cached tokens are not told apart, as if no input came from the cache.';
COMMENT ON COLUMN v_cost_trend.suspect_cost_usd IS
'Reported costs far from the price list, USD, in none of the other figures; null when there are none.';
COMMENT ON COLUMN v_cost_trend.is_running IS 'True while the month''s last day has not been loaded: its cost is not whole yet.';
