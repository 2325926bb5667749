-- Class of each metric and period, by the ladder in force, the latest period first.
SELECT
    classed.period_start,
    classed.metric,
    classed.class,
    round(classed.value, 3) AS value,
    classed.unit,
    classed.report_year,
    mart.completeness
FROM v_dora_class AS classed
INNER JOIN mart_dora AS mart
    ON
        classed.period_kind = mart.period_kind
        AND classed.period_start = mart.period_start
        AND classed.repository = mart.repository
WHERE
    classed.is_default_year AND classed.class IS NOT NULL
    AND classed.repository = %(repository)s AND classed.period_kind = %(period)s
    AND classed.period_end >= %(first_day)s AND classed.period_start <= %(last_day)s
ORDER BY classed.period_start DESC, classed.metric;
