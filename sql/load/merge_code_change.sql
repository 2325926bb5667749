SELECT merged.*
FROM ops.merge_rows(
    'new_fact_code_change', 'fact_code_change', ARRAY['commit_sha'],
    't.commit_sha IN (SELECT commit_sha FROM touched_sha)', %(run_number)s, 'change_fact_code_change',
    ARRAY['deployed_time_key']
) AS merged;
