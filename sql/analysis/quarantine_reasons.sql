-- Rows set aside, by reason.
SELECT
    reason,
    source_table,
    state,
    count(*) AS rows,
    min(quarantined_at) AS first_at,
    max(quarantined_at) AS last_at
FROM ops.quarantine
WHERE (quarantined_at AT TIME ZONE ops.business_zone())::date BETWEEN %(first_day)s AND %(last_day)s
GROUP BY reason, source_table, state
ORDER BY count(*) DESC, reason, source_table, state
LIMIT %(limit)s;
