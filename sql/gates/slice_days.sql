SELECT
    min(time_key) AS first_day,
    max(time_key) AS last_day
FROM {keys};
