-- How many rows of each table were extracted and how many of them cannot be loaded.
SELECT
    counted.source_table,
    counted.extracted,
    counted.extracted - count(aside.source_key) AS conformed,
    count(aside.source_key) AS rejected
FROM ops.row_count AS counted
LEFT JOIN rejected AS aside ON counted.source_table = aside.source_table
WHERE counted.run_id = %(run_id)s AND counted.source_table = ANY(%(tables)s)
GROUP BY counted.source_table, counted.extracted
ORDER BY counted.source_table;
