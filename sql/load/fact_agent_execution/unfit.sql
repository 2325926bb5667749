-- Facts of rows that are now quarantined or have vanished, outside of the windows read: they leave too.
WITH gone AS (
    SELECT asked.id
    FROM vanished AS asked
    WHERE asked.source_table = 'agent_execution_logs'
    UNION
    SELECT aside.source_key::bigint
    FROM rejected AS aside
    WHERE aside.source_table = 'agent_execution_logs' AND aside.source_key ~ '^-?\d{1,18}$'
),

deleted AS (
    DELETE FROM fact_agent_execution AS fact
    USING gone
    WHERE fact.execution_id = gone.id
    RETURNING fact.issue_id, fact.time_key
),

noted AS (
    INSERT INTO change_fact_agent_execution (execution_id, old_time_key, old_issue_id, change)
    SELECT NULL, deleted.time_key, deleted.issue_id, 'deleted'
    FROM deleted
)

SELECT
    count(*) AS deleted,
    ops.mark_dirty('fact_agent_execution', array_agg(DISTINCT deleted.time_key / 100)) AS marked
FROM deleted;
