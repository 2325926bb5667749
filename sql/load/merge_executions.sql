-- Within the windows read, the fact becomes what the source says.
SELECT merged.*
FROM ops.merge_rows(
    %(batch)s, 'fact_agent_execution', ARRAY['execution_id'], %(scope)s, %(run_number)s,
    'change_fact_agent_execution', ARRAY['issue_id'], true, %(row_count)s
) AS merged;
