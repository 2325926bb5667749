-- What was loaded before days were kept: all days of the facts, but for stretches longer than the look-back on which no fact
-- of any table lies. These were never loaded: a run that follows one looks back over no more than that.
WITH known (day) AS (
    SELECT to_date(fact.time_key::text, 'YYYYMMDD') FROM fact_issue_processing AS fact
    UNION
    SELECT to_date(fact.time_key::text, 'YYYYMMDD') FROM fact_agent_execution AS fact GROUP BY fact.time_key
    UNION
    SELECT to_date(fact.time_key::text, 'YYYYMMDD') FROM fact_deployment AS fact
    UNION
    SELECT to_date(fact.time_key::text, 'YYYYMMDD') FROM fact_code_change AS fact
    UNION
    SELECT archived.day::date
    FROM ops.archived_month AS month
    CROSS JOIN LATERAL generate_series(
        to_date(month.month_key::text, 'YYYYMM')::timestamp,
        to_date(month.month_key::text, 'YYYYMM') + INTERVAL '1 month - 1 day',
        INTERVAL '1 day'
    ) AS archived (day)
),

-- The last day that was published, up to which runs found nothing after the last fact; what lies behind it no run has seen.
published (last_day) AS (
    SELECT COALESCE(max(state.last_day), current_date) FROM ops.mart_state AS state
),

seen (day) AS (
    SELECT known.day FROM known INNER JOIN published ON known.day <= published.last_day
    UNION
    SELECT max(state.last_day) FROM ops.mart_state AS state WHERE EXISTS (SELECT 1 FROM known)
),

stretch AS (
    SELECT
        seen.day AS first_day,
        lead(seen.day) OVER (ORDER BY seen.day) AS next_day
    FROM seen
    WHERE seen.day IS NOT NULL
),

loaded (day) AS (
    SELECT listed.day::date
    FROM stretch
    CROSS JOIN LATERAL generate_series(
        stretch.first_day::timestamp,
        CASE
            WHEN stretch.next_day - stretch.first_day - 1 <= COALESCE(
                (SELECT setting.value::integer FROM ops.setting AS setting WHERE setting.name = 'lookback_days'), 30
            )
                THEN stretch.next_day - INTERVAL '1 day'
            ELSE stretch.first_day
        END,
        INTERVAL '1 day'
    ) AS listed (day)
)

INSERT INTO ops.loaded_day (source_table, day, first_loaded_by)
SELECT
    staged.name,
    loaded.day,
    'the facts'
FROM loaded
CROSS JOIN unnest(
    ARRAY[
        'issues', 'agent_execution_logs', 'code_gen_tasks', 'review_results', 'deployment_pipelines', 'commits',
        'label_history', 'worktree_states'
    ]
) AS staged (name)
ON CONFLICT DO NOTHING;
