-- Classes of the latest period that has any, by the ladder in force.
SELECT
    metric,
    period_kind,
    period_start,
    round(value, 3) AS value,
    unit,
    class,
    report_year
FROM v_dora_class AS c
WHERE
    is_default_year AND repository = %(repository)s AND period_kind = %(period_kind)s
    AND period_start = (
        SELECT max(latest.period_start) FROM v_dora_class AS latest
        WHERE
            latest.repository = %(repository)s AND latest.period_kind = %(period_kind)s
            AND latest.period_start <= %(last_day)s AND latest.class IS NOT NULL
    )
ORDER BY metric;
