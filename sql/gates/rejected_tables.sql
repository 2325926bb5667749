-- Which tables of the batch have rows that this gate set aside before.
SELECT DISTINCT source_table
FROM rejected
WHERE string_to_array(check_id, ', ') && %(check_ids)s::text [];
