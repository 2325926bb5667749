-- Marts that still compute the month from the fact, or have yet to restate it.
SELECT source.mart
FROM ops.mart_source AS source
INNER JOIN ops.mart_state AS state ON source.mart = state.mart
WHERE
    source.subject = %(fact)s
    AND (
        state.open_from <= %(month_key)s
        OR EXISTS (
            SELECT 1 FROM ops.dirty_month AS mark
            WHERE mark.month_key = %(month_key)s AND mark.subject IN (source.mart, source.subject)
        )
    )
ORDER BY source.mart;
