-- An execution of a month that has left the warehouse cannot be loaded until the month is restored.
WITH taken AS (
    DELETE FROM stg_agent_execution_logs AS staged
    WHERE staged.time_key / 100 = ANY((SELECT ops.frozen_months('fact_agent_execution'))::integer [])
    RETURNING staged.*
)

INSERT INTO rejected (source_table, source_key, content, reason, check_id, row_hash, event_at)
SELECT
    'agent_execution_logs',
    taken.id::text,
    to_jsonb(taken) - 'row_hash' - 'event_at' - 'time_key',
    'its month is archived; restore the month to load it',
    'agent_execution_logs.month-archived',
    taken.row_hash,
    taken.event_at
FROM taken;
