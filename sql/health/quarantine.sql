SELECT
    source_table,
    reason,
    count(*) AS rows,
    min(quarantined_at) AS since
FROM ops.quarantine
WHERE state = 'open'
GROUP BY source_table, reason
ORDER BY rows DESC, source_table, reason -- noqa: PRS
LIMIT 50;
