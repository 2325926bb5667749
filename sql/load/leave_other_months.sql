-- An execution whose day changed may be known in another month than one of those about to be filled.
WITH moved AS (
    DELETE FROM fact_agent_execution AS fact
    USING stg_agent_execution_logs AS staged
    WHERE
        fact.execution_id = staged.id
        AND staged.time_key / 100 = ANY(%(filled_months)s::integer [])
        AND staged.id <= (SELECT max(known.execution_id) FROM fact_agent_execution AS known)
    RETURNING fact.issue_id, fact.time_key
)

SELECT
    count(*) AS moved,
    array_agg(DISTINCT moved.issue_id) AS issue_ids,
    ops.mark_dirty('fact_agent_execution', array_agg(DISTINCT moved.time_key / 100)) AS marked
FROM moved;
