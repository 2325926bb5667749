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
