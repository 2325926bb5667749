-- Whole business days of the interval with fewer or more rows than given; few rows on a day off are nothing to report.
SELECT
    day.full_date,
    day.is_business_day,
    count(loaded.time_key) AS row_count
FROM dim_time AS day
LEFT JOIN {fact} AS loaded
    ON loaded.time_key = day.time_key AND loaded.time_key BETWEEN %(interval_first_day)s AND %(interval_last_day)s
WHERE
    day.time_key BETWEEN %(interval_first_day)s AND %(interval_last_day)s
    AND (day.full_date::timestamp AT TIME ZONE %(business_timezone)s) >= %(interval_start)s
    AND ((day.full_date + 1)::timestamp AT TIME ZONE %(business_timezone)s) <= %(interval_end)s
GROUP BY day.full_date, day.is_business_day
HAVING
    (day.is_business_day AND count(loaded.time_key) < %(low)s::numeric)
    OR count(loaded.time_key) > %(high)s::numeric;
