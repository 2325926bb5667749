-- name: delivered
UPDATE ops.alert_delivery
SET state = 'delivered', attempts = attempts + 1, delivered_at = clock_timestamp(), last_error = NULL
WHERE delivery_id = %(delivery_id)s;

-- name: is_paused
SELECT EXISTS (
    SELECT 1 FROM ops.pause
    WHERE pipeline = %(pipeline)s AND (paused_until IS NULL OR paused_until > clock_timestamp())
) AS is_paused;

-- name: not_delivered
-- Tried again after a pause that doubles, from one minute up to an hour; given up after a day's worth of attempts.
UPDATE ops.alert_delivery
SET
    attempts = attempts + 1,
    last_error = %(error)s,
    state = CASE WHEN attempts + 1 >= %(attempts_allowed)s THEN 'given up' ELSE 'pending' END,
    next_attempt_at = clock_timestamp()
    + greatest(least(interval '1 minute' * 2 ^ attempts, interval '1 hour'), %(not_before)s * interval '1 second')
WHERE delivery_id = %(delivery_id)s;

-- name: open_incident
-- Opens an incident, or counts one more occurrence of the open one.
INSERT INTO ops.incident AS i (fingerprint, pipeline, severity, title, detail, first_run_id, last_run_id)
VALUES (
    %(fingerprint)s, %(pipeline)s, %(severity)s, %(title)s, %(detail)s, %(run_id)s, %(run_id)s
)
ON CONFLICT (fingerprint) WHERE recovered_at IS NULL DO UPDATE
    SET
        occurrences = i.occurrences + (i.last_run_id IS DISTINCT FROM excluded.last_run_id)::integer,
        last_run_id = excluded.last_run_id,
        last_seen_at = clock_timestamp(),
        pipeline = CASE WHEN i.pipeline = excluded.pipeline THEN i.pipeline END
RETURNING incident_id;

-- name: queue_message
-- One message a kind and channel; a recovery is told only where its opening was told or is waiting to be.
INSERT INTO ops.alert_delivery (incident_id, kind, channel)
SELECT %(incident_id)s, %(kind)s, channel.name
FROM unnest(%(channels)s::text []) AS channel (name)
WHERE
    %(kind)s <> 'recovered'
    OR EXISTS (
        SELECT 1 FROM ops.alert_delivery AS d
        WHERE d.incident_id = %(incident_id)s AND d.channel = channel.name AND d.kind = 'opened'
    )
ON CONFLICT (incident_id, kind, channel) DO NOTHING;

-- name: recover_fingerprint
UPDATE ops.incident SET recovered_at = clock_timestamp()
WHERE fingerprint = %(fingerprint)s AND recovered_at IS NULL
RETURNING incident_id;

-- name: recover_incidents
-- A success of a pipeline ends the incidents that its own runs took part in since its last success.
UPDATE ops.incident AS i
SET recovered_at = clock_timestamp()
WHERE
    i.recovered_at IS NULL
    AND i.first_run_id IS NOT NULL
    AND EXISTS (
        SELECT 1 FROM ops.run AS r
        WHERE r.run_id IN (i.first_run_id, i.last_run_id) AND r.pipeline = %(pipeline)s AND r.run_id <> %(run_id)s
    )
RETURNING i.incident_id;
