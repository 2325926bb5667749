-- Batch rows that the fact has not, or in another version than the batch's without a later run having written it.
-- Archived months are closed: what the source still changes there stays out.
SELECT
    wanted.id,
    wanted.completed_at,
    loaded.run_number
FROM {stg_agent_execution_logs} AS wanted
LEFT JOIN {batch} AS loaded ON loaded.execution_id = wanted.id
WHERE
    (loaded.execution_id IS NULL OR (loaded.row_hash <> wanted.row_hash AND loaded.run_number <= %(run_number)s))
    AND wanted.time_key / 100 <> ALL(ops.frozen_months('fact_agent_execution'));
