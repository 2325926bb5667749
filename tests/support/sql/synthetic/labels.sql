INSERT INTO label_history (issue_id, label_name, applied_at, removed_at)
WITH stuck AS (
    SELECT
        id,
        id * 8 + nth AS k,
        created_at + pg_temp.wait('12 hours', pg_temp.chance(%(seed)s, 71, id * 8 + nth)) AS applied_at
    FROM issues
    CROSS JOIN LATERAL generate_series(1, floor(4 * pg_temp.chance(%(seed)s, 70, id))::integer) AS repeat (nth)
    WHERE id > %(issue_base)s
),

ended AS (
    SELECT
        *,
        CASE
            WHEN pg_temp.chance(%(seed)s, 72, k) < 0.3
                THEN applied_at + pg_temp.wait('3 days', pg_temp.chance(%(seed)s, 73, k))
        END AS removed_at
    FROM stuck
    WHERE applied_at < %(end)s::timestamp
)

SELECT
    id,
    CASE
        WHEN pg_temp.chance(%(seed)s, 74, k) < %(hostile)s
            THEN left(pg_temp.hostile(pg_temp.chance(%(seed)s, 75, k)), 100)
        ELSE pg_temp.pick(ARRAY[
            'P0', 'P1', 'P2', 'P3', 'P4', 'priority:p0', 'priority:P1', 'p2', 'status:in-review', 'status:in-progress',
            'status:In_Progress', 'STATUS:DONE', 'type:bug', 'bug', ' Bug ', 'documentation', 'comp:cli', 'component:core',
            'tech-debt', 'help wanted', 'effort:xl', 'impact:high', 'urgent', 'someone''s own label', 'phase:testing'
        ], pg_temp.chance(%(seed)s, 76, k))
    END,
    date_trunc('milliseconds', applied_at),
    CASE WHEN removed_at < %(end)s::timestamp THEN date_trunc('milliseconds', removed_at) END
FROM ended
-- Now and then the platform writes the same label twice.
CROSS JOIN LATERAL generate_series(1, 1 + (pg_temp.chance(%(seed)s, 77, k) < 0.01)::integer) AS repeat (nth)
