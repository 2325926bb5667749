-- Rows of a source query counted and summed up by business day or month: two equal digests mean equal rows.
SELECT
    date_trunc(
        %(unit)s,
        coalesce(described.event_at, 'epoch'::timestamp) AT TIME ZONE %(source_timezone)s AT TIME ZONE %(business_timezone)s
    )::date AS bucket,
    count(*) AS row_count,
    sum(described.row_hash) AS digest
FROM (
    /* rows */
) AS described
GROUP BY 1
ORDER BY 1;
