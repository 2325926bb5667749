-- Each spell of each label, with the label's key.
CREATE UNLOGGED TABLE new_bridge_issue_label AS
SELECT
    staged.id AS label_history_id,
    staged.issue_id,
    coalesce(label.label_key, -1) AS label_key,
    staged.source_label_name,
    staged.applied_at,
    staged.removed_at
FROM staging.label_history AS staged
INNER JOIN change_label_history AS changed ON staged.id = changed.id
LEFT JOIN dim_label AS label ON staged.label_name = label.label_name;
ANALYZE new_bridge_issue_label (label_history_id);
SELECT merged.*
FROM ops.merge_rows(
    'new_bridge_issue_label', 'bridge_issue_label', ARRAY['label_history_id'],
    't.label_history_id IN (SELECT id FROM change_label_history)', %(run_number)s, 'change_bridge_issue_label'
) AS merged;
