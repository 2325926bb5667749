-- Rows of a fact and the share of them in which a column is null, by day, beside the mean and spread of the 28 days before.
-- A day without a row has volume 0 and no share.
WITH counted AS (
    SELECT
        time_key,
        count(*) AS rows,
        count(*) FILTER (WHERE {column} IS NULL) AS unknown
    FROM {table}
    WHERE time_key BETWEEN to_char(%(first_day)s::date - 28, 'YYYYMMDD')::integer AND to_char(%(last_day)s::date, 'YYYYMMDD')::integer
    GROUP BY time_key
),

daily AS (
    SELECT
        calendar.full_date AS day,
        coalesce(counted.rows, 0) AS rows,
        counted.unknown::numeric / counted.rows AS null_share
    FROM dim_time AS calendar
    LEFT JOIN counted ON calendar.time_key = counted.time_key
    WHERE
        calendar.full_date BETWEEN greatest(
            %(first_day)s::date - 28, (SELECT ops.day_of(min(counted.time_key)) FROM counted)
        ) AND %(last_day)s
),

compared AS (
    SELECT
        day,
        rows,
        null_share,
        count(rows) OVER past AS days_before,
        avg(rows) OVER past AS rows_before,
        stddev_samp(rows) OVER past AS rows_spread,
        count(null_share) OVER past AS shares_before,
        avg(null_share) OVER past AS share_before,
        stddev_samp(null_share) OVER past AS share_spread
    FROM daily
    WINDOW past AS (ORDER BY day ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING)
)

SELECT
    day,
    rows,
    round(rows_before, 1) AS rows_before,
    round(null_share, 4) AS null_share,
    round(share_before, 4) AS share_before,
    coalesce(days_before >= 7 AND abs(rows - rows_before) > greatest(3 * rows_spread, 10), FALSE) AS is_unusual_volume,
    coalesce(shares_before >= 7 AND abs(null_share - share_before) > greatest(3 * share_spread, 0.02), FALSE)
        AS is_unusual_share
FROM compared
WHERE day >= %(first_day)s AND EXISTS (SELECT 1 FROM counted)
ORDER BY day;
