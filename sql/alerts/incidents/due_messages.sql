-- The message to send now, the oldest that is due; a row that another process is sending is left to it.
SELECT
    d.delivery_id,
    d.kind,
    d.channel,
    i.incident_id,
    i.title,
    i.detail,
    i.last_run_id,
    i.opened_at,
    i.recovered_at,
    r.archive_path,
    i.fingerprint,
    d.refused
FROM ops.alert_delivery AS d
INNER JOIN ops.incident AS i USING (incident_id)
LEFT JOIN ops.run AS r ON i.last_run_id = r.run_id
WHERE d.state = 'pending' AND d.next_attempt_at <= clock_timestamp()
ORDER BY d.delivery_id
LIMIT 1
FOR UPDATE OF d SKIP LOCKED;
