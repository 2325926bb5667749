UPDATE ops.incident SET recovered_at = clock_timestamp()
WHERE fingerprint = %(fingerprint)s AND recovered_at IS NULL
RETURNING incident_id;
