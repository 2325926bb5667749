-- Median lead time of each month of a repository, as far back as it is known.
SELECT
    period_start AS month,
    lead_time_median_hours
FROM mart_dora
WHERE period_kind = 'month' AND repository = %(repository)s AND period_start <= %(last_day)s
ORDER BY period_start;
