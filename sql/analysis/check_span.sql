-- First and last day on which anything was checked; null when nothing ever was.
SELECT
    min((checked_at AT TIME ZONE ops.business_zone())::date) AS first_day,
    max((checked_at AT TIME ZONE ops.business_zone())::date) AS last_day
FROM ops.check_result;
