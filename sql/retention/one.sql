SELECT
    fact_table,
    month_key,
    state,
    path,
    row_count,
    content_checksum,
    file_sha256,
    archived_at,
    restored_at
FROM ops.archived_month
WHERE fact_table = %(fact)s AND month_key = %(month_key)s;
