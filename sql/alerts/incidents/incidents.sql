-- Incidents, open ones first, with the state of their messages.
SELECT
    i.incident_id,
    i.severity,
    i.pipeline,
    i.title,
    i.occurrences,
    i.opened_at,
    i.last_seen_at,
    i.recovered_at,
    i.last_run_id,
    i.detail,
    coalesce(
        (
            SELECT jsonb_agg(
                jsonb_build_object(
                    'kind', d.kind, 'channel', d.channel, 'state', d.state, 'attempts', d.attempts,
                    'last_error', d.last_error
                ) ORDER BY d.delivery_id
            )
            FROM ops.alert_delivery AS d
            WHERE d.incident_id = i.incident_id
        ), '[]'::jsonb
    ) AS messages
FROM ops.incident AS i
WHERE NOT %(open_only)s OR i.recovered_at IS NULL
ORDER BY i.recovered_at DESC NULLS FIRST, i.opened_at DESC
LIMIT %(limit)s;
