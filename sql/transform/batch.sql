-- How many rows were extracted of a table, and whether the source itself makes sure that each of their ids is there once.
SELECT
    counted.extracted,
    EXISTS (SELECT 1 FROM unique_by_source AS kept WHERE kept.source_table = counted.source_table) AS is_unique
FROM ops.row_count AS counted
WHERE counted.run_id = %(run_id)s AND counted.source_table = %(source_table)s;
