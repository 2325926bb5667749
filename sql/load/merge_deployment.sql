SELECT merged.*
FROM ops.merge_rows(
    'new_fact_deployment', 'fact_deployment', ARRAY['deployment_id'],
    't.deployment_id IN (SELECT id FROM touched_deployment)', %(run_number)s, 'change_fact_deployment'
) AS merged;
