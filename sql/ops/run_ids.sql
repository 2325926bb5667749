SELECT run_id
FROM ops.run
ORDER BY queued_at DESC
LIMIT 2000
