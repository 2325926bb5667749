SELECT merged.*
FROM ops.merge_rows(
    'new_fact_code_generation', 'fact_code_generation', ARRAY['code_generation_id'],
    't.code_generation_id IN (SELECT id FROM touched_code_gen_task)', %(run_number)s, 'change_fact_code_generation'
) AS merged;
