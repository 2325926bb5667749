-- A lead time belongs to the month of its deployment.
SELECT ops.mark_dirty('fact_code_change', array_agg(DISTINCT month.key)) AS marked
FROM (
    SELECT unnest(ARRAY[old_deployed_time_key / 100, new_deployed_time_key / 100]) FROM change_fact_code_change
) AS month (key);
