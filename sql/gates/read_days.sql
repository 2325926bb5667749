-- The first and last business day of a moment of the batch.
SELECT
    ops.day_key(min({moment}), %(business_timezone)s) AS first_day,
    ops.day_key(max({moment}), %(business_timezone)s) AS last_day
FROM {batch};
