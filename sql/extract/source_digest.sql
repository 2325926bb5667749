-- Rows of a source query counted and summed up by business day or month: two equal digests mean equal rows.
-- Rows without a moment, or with one that no calendar holds, are counted at the calendar's ends.
SELECT
    date_trunc(
        %(unit)s,
        least(greatest(coalesce(described.event_at, '1970-01-01'), '1970-01-01'), '2100-01-01') AT TIME ZONE %(source_timezone)s AT TIME ZONE %(business_timezone)s
    )::date AS bucket,
    count(*) AS row_count,
    sum(described.row_hash) AS digest
FROM (
    /* rows */
) AS described
WHERE described.event_at IS NULL OR described.event_at < %(until)s::timestamp
GROUP BY 1
ORDER BY 1;
