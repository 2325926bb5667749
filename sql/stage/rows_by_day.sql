-- How many rows of each table were extracted, by the business day of the moment they are counted by.
SELECT
    (raw.event_at AT TIME ZONE %(source_timezone)s AT TIME ZONE %(business_timezone)s)::date AS day,
    count(*) AS row_count
FROM {raw} AS raw
GROUP BY 1
ORDER BY 1;
