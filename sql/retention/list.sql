SELECT
    fact_table,
    month_key,
    state,
    row_count,
    archived_at,
    restored_at,
    path
FROM ops.archived_month
ORDER BY fact_table, month_key;
