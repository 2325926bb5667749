-- Rows by business day over the 30 days before as_of's day, days without rows included.
SELECT
    d.full_date AS day,
    d.is_business_day,
    d.holiday_name,
    coalesce(f.rows, 0) AS issue_rows
FROM dim_time AS d
LEFT JOIN (
    SELECT
        time_key,
        count(*) AS rows
    FROM fact_issue_processing
    WHERE time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
    GROUP BY time_key
) AS f ON d.time_key = f.time_key
WHERE d.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
ORDER BY d.full_date;
