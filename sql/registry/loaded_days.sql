-- name: gaps
-- Stretches of days on which not all of the tables were loaded, each between two days on which they were.
WITH loaded AS (
    SELECT known.day
    FROM ops.loaded_day AS known
    WHERE known.source_table = ANY(%(tables)s)
    GROUP BY known.day
    HAVING count(*) = cardinality(%(tables)s::text [])
),

step AS (
    SELECT
        loaded.day,
        lead(loaded.day) OVER (ORDER BY loaded.day) AS next_day
    FROM loaded
)

SELECT
    step.day + 1 AS first_day,
    step.next_day - 1 AS last_day,
    step.next_day - step.day - 1 AS days
FROM step
WHERE step.next_day > step.day + 1
ORDER BY first_day;
