-- Issues that the batch's executions name.
DROP TABLE IF EXISTS execution_issue;
CREATE TABLE execution_issue AS
SELECT DISTINCT staged.issue_id
FROM stg_agent_execution_logs AS staged
WHERE staged.issue_id IS NOT NULL;

-- Issues of which something changed: all their facts are computed anew.
DROP TABLE IF EXISTS touched_issue;
CREATE TABLE touched_issue AS
SELECT DISTINCT touched.issue_id
FROM (
    SELECT id FROM change_issues
    UNION ALL
    SELECT unnest(ARRAY[old_issue_id, new_issue_id]) FROM change_code_gen_tasks
    UNION ALL
    SELECT unnest(ARRAY[old_issue_id, new_issue_id]) FROM change_review_results
    UNION ALL
    SELECT unnest(ARRAY[old_issue_id, new_issue_id]) FROM change_deployment_pipelines
    UNION ALL
    SELECT unnest(ARRAY[old_issue_id, new_issue_id]) FROM change_commits
    UNION ALL
    SELECT unnest(ARRAY[old_issue_id, new_issue_id]) FROM change_label_history
    UNION ALL
    SELECT unnest(ARRAY[old_associated_issue_id, new_associated_issue_id]) FROM change_worktree_states
    UNION ALL
    -- Named by an execution before anybody has seen it.
    SELECT named.issue_id
    FROM execution_issue AS named
    WHERE NOT EXISTS (SELECT 1 FROM dim_issue AS known WHERE known.issue_id = named.issue_id)
) AS touched (issue_id)
WHERE touched.issue_id IS NOT NULL;
CREATE UNIQUE INDEX ON touched_issue (issue_id);
ANALYZE touched_issue;

SELECT count(*) AS issues FROM touched_issue;
