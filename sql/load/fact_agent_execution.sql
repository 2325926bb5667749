-- name: attach_months
SELECT ops.attach_filled(%(schema)s, 'fact_agent_execution', %(bulk_months)s::integer []);

-- name: leave_other_months
-- An execution whose day changed may be known in another month than one of those about to be written.
WITH moved AS (
    DELETE FROM fact_agent_execution AS fact
    USING stg_agent_execution_logs AS staged
    WHERE
        fact.execution_id = staged.id
        AND staged.time_key / 100 = ANY(%(bulk_months)s::integer [])
        AND staged.id <= (SELECT max(known.execution_id) FROM fact_agent_execution AS known)
    RETURNING fact.issue_id, fact.time_key
)

SELECT
    count(*) AS moved,
    array_agg(DISTINCT moved.issue_id) AS issue_ids,
    ops.mark_dirty('fact_agent_execution', array_agg(DISTINCT moved.time_key / 100)) AS marked
FROM moved;

-- name: merge
-- Within the windows read, the fact becomes what the source says.
SELECT merged.*
FROM ops.merge_rows(
    %(batch)s, 'fact_agent_execution', ARRAY['execution_id'], %(scope)s, %(run_number)s,
    'change_fact_agent_execution', ARRAY['issue_id'], true, %(row_count)s
) AS merged;

-- name: remaining
-- What was not written in bulk, with its keys.
CREATE VIEW remaining_fact_agent_execution AS
SELECT fact.*
FROM new_fact_agent_execution AS fact
WHERE %(is_left)s AND fact.time_key / 100 <> ALL(%(bulk_months)s::integer []);

-- name: touched
-- And those that an execution joined, left or worked on differently. Months written in bulk have no list of
-- changes: then all issues that the batch names count as touched.
INSERT INTO touched_issue (issue_id)
SELECT touched.issue_id
FROM (
    SELECT unnest(ARRAY[changed.old_issue_id, changed.new_issue_id])
    FROM change_fact_agent_execution AS changed
    UNION
    SELECT staged.issue_id
    FROM stg_agent_execution_logs AS staged
    WHERE %(bulk_months)s::integer [] <> '{}'
) AS touched (issue_id)
WHERE touched.issue_id IS NOT NULL
ON CONFLICT DO NOTHING;
ANALYZE touched_issue;

-- name: write_month
SELECT ops.fill_month(
    'bulk_fact_agent_execution', 'fact_agent_execution', %(month_key)s, %(run_number)s,
    'completed_at', %(business_timezone)s
) AS inserted;
