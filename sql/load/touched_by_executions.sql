-- And those that an execution joined, left or worked on differently. Months filled in bulk have no list of
-- changes: then all issues that the batch names count as touched.
INSERT INTO touched_issue (issue_id)
SELECT touched.issue_id
FROM (
    SELECT unnest(ARRAY[changed.old_issue_id, changed.new_issue_id])
    FROM change_fact_agent_execution AS changed
    UNION
    SELECT staged.issue_id
    FROM stg_agent_execution_logs AS staged
    WHERE %(filled_months)s::integer [] <> '{}'
) AS touched (issue_id)
WHERE touched.issue_id IS NOT NULL
ON CONFLICT DO NOTHING;
ANALYZE touched_issue;
