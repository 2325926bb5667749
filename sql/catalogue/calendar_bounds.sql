SELECT
    min(full_date) AS first,
    max(full_date) AS last
FROM dim_time
