-- What was set aside, and why.
SELECT
    aside.source_table,
    aside.check_id,
    aside.reason,
    count(*) AS row_count
FROM rejected AS aside
GROUP BY aside.source_table, aside.check_id, aside.reason
ORDER BY row_count DESC, aside.source_table, aside.check_id;
