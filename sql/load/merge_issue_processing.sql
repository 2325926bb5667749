SELECT merged.*
FROM ops.merge_rows(
    'new_fact_issue_processing', 'fact_issue_processing', ARRAY['issue_id', 'time_key'],
    't.issue_id IN (SELECT issue_id FROM touched_issue)', %(run_number)s, 'change_fact_issue_processing'
) AS merged;
