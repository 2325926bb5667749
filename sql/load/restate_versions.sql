-- A version that begins in the past takes over the executions of its days.
WITH first_day AS MATERIALIZED (
    SELECT min(opened.from_key) AS time_key
    FROM new_version AS opened
),

restated AS (
    UPDATE fact_agent_execution AS fact
    SET issue_key = opened.issue_key, run_number = %(run_number)s
    FROM new_version AS opened
    WHERE
        fact.issue_id = opened.issue_id
        AND fact.time_key >= opened.from_key
        AND fact.time_key >= (SELECT first_day.time_key FROM first_day)
        AND fact.issue_key <> opened.issue_key
    RETURNING fact.time_key
)

SELECT
    count(*) AS restated,
    ops.mark_dirty('fact_agent_execution', array_agg(DISTINCT restated.time_key / 100)) AS marked
FROM restated;
