-- Issues of which something changed: all their facts are computed anew.
-- What is small, here and elsewhere, is no unlogged table: to make one of these flushes its empty copy to disk.
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
    -- Known, and no longer in the source.
    SELECT held.issue_id
    FROM vanished AS gone
    INNER JOIN dim_issue AS held ON gone.id = held.issue_id
    WHERE gone.source_table = 'issues' AND held.is_current AND NOT held.is_inferred AND held.state <> 'deleted'
    UNION ALL
    -- Named by an execution before anybody has seen it.
    SELECT unseen.issue_id
    FROM (
        -- With executions the issues are read that they name; the source had no others.
        (SELECT id FROM raw_issues UNION ALL SELECT id FROM vanished WHERE source_table = 'issues')
        EXCEPT
        SELECT id FROM stg_issues
        EXCEPT
        SELECT issue_id FROM dim_issue
    ) AS unseen (issue_id)
    WHERE EXISTS (SELECT 1 FROM stg_agent_execution_logs AS staged WHERE staged.issue_id = unseen.issue_id)
) AS touched (issue_id)
WHERE touched.issue_id IS NOT NULL;
CREATE UNIQUE INDEX ON touched_issue (issue_id);

-- And those that share a release with them: it ends as its rows do.
INSERT INTO touched_issue (issue_id)
SELECT DISTINCT sibling.issue_id
FROM staging.deployment_pipelines AS sibling
WHERE
    sibling.issue_id IS NOT NULL
    AND sibling.release_id IN (
        SELECT part.release_id
        FROM staging.deployment_pipelines AS part
        INNER JOIN touched_issue AS touched ON part.issue_id = touched.issue_id
        UNION
        SELECT unnest(ARRAY[changed.old_release_id, changed.new_release_id])
        FROM change_deployment_pipelines AS changed
    )
ON CONFLICT DO NOTHING;
ANALYZE touched_issue;

SELECT count(*) AS issues FROM touched_issue;
