-- One row when more business days than allowed have passed without a row, counted up to the end of the run's interval.
WITH latest AS (
    SELECT max({column}) AS seen_at
    FROM {fact}
    WHERE time_key >= %(lookback_day)s
),

silent AS (
    SELECT
        latest.seen_at,
        count(*) FILTER (WHERE day.is_business_day) AS silent_business_days
    FROM latest
    INNER JOIN dim_time AS day
        ON
            day.time_key >= %(lookback_day)s
            AND day.full_date < (%(interval_end)s::timestamptz AT TIME ZONE %(business_timezone)s)::date
            AND (
                latest.seen_at IS NULL
                OR day.full_date > (latest.seen_at AT TIME ZONE %(business_timezone)s)::date
            )
    GROUP BY latest.seen_at
)

SELECT
    silent.seen_at,
    silent.silent_business_days
FROM silent
WHERE silent.silent_business_days > %(business_days)s;
