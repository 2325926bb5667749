-- Class of each metric and period, by the ladder in force, the latest period first.
SELECT
    period_start,
    metric,
    class,
    round(value, 3) AS value,
    unit,
    report_year
FROM v_dora_class
WHERE
    is_default_year AND class IS NOT NULL
    AND repository = %(repository)s AND period_kind = %(period)s
    AND period_end >= %(first_day)s AND period_start <= %(last_day)s
ORDER BY period_start DESC, metric;
