SELECT count(*) AS runs
FROM ops.run
WHERE
    pipeline = %(pipeline)s
    AND state NOT IN ('skipped', 'lost')
    AND (queued_at >= %(since)s OR as_of >= %(since)s)
