-- name: adopt_incident
-- The incident of a message that was told without the warehouse; the same one when it is taken over a second time.
WITH known AS (
    SELECT i.incident_id
    FROM ops.incident AS i
    WHERE i.fingerprint = %(fingerprint)s AND (i.recovered_at IS NULL OR i.opened_at = %(opened_at)s)
    ORDER BY i.recovered_at DESC NULLS FIRST
    LIMIT 1
),

added AS (
    INSERT INTO ops.incident (
        fingerprint, pipeline, severity, title, detail, first_run_id, last_run_id, waiting_runs, opened_at
    )
    SELECT
        %(fingerprint)s,
        %(pipeline)s,
        %(severity)s,
        %(title)s,
        %(detail)s,
        %(run_id)s,
        %(run_id)s,
        array_remove(ARRAY[%(run_id)s], NULL),
        %(opened_at)s
    WHERE NOT EXISTS (SELECT 1 FROM known)
    RETURNING incident_id
)

SELECT known.incident_id FROM known
UNION ALL
SELECT added.incident_id FROM added;

-- name: adopt_message
INSERT INTO ops.alert_delivery (
    incident_id, kind, channel, state, attempts, next_attempt_at, last_error, refused, delivered_at
)
VALUES (
    %(incident_id)s, 'opened', %(channel)s, %(state)s, %(attempts)s, %(next_attempt_at)s, %(error)s, %(refused)s,
    CASE WHEN %(state)s = 'delivered' THEN %(next_attempt_at)s::timestamptz END
)
ON CONFLICT (incident_id, kind, channel) DO NOTHING;

-- name: attempted
-- Tried again after a pause that doubles, from one minute up to an hour; given up after a day's worth of attempts.
UPDATE ops.alert_delivery
SET
    attempts = attempts + 1,
    last_error = %(error)s,
    refused = %(refused)s,
    delivered_at = CASE WHEN %(is_taken)s THEN clock_timestamp() END,
    state = CASE
        WHEN %(is_taken)s THEN 'delivered' WHEN attempts + 1 >= %(attempts_allowed)s THEN 'given up' ELSE 'pending'
    END,
    next_attempt_at = clock_timestamp()
    + greatest(least(interval '1 minute' * 2 ^ attempts, interval '1 hour'), %(not_before)s * interval '1 second')
WHERE delivery_id = %(delivery_id)s;

-- name: due_messages
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
    d.refused,
    i.severity
FROM ops.alert_delivery AS d
INNER JOIN ops.incident AS i USING (incident_id)
LEFT JOIN ops.run AS r ON i.last_run_id = r.run_id
WHERE d.state = 'pending' AND d.next_attempt_at <= clock_timestamp()
ORDER BY d.delivery_id
LIMIT 1
FOR UPDATE OF d SKIP LOCKED;

-- name: faults
-- The channels whose last message to those of an alert_channel did not arrive, or not at everybody's.
WITH latest AS (
    SELECT DISTINCT ON (d.channel, i.detail ->> 'alert_channel')
        d.channel,
        d.last_error
    FROM ops.alert_delivery AS d
    INNER JOIN ops.incident AS i USING (incident_id)
    WHERE d.attempts > 0
    ORDER BY d.channel, i.detail ->> 'alert_channel', d.delivery_id DESC
)

SELECT DISTINCT
    latest.channel,
    latest.last_error AS problem
FROM latest
WHERE latest.last_error IS NOT NULL
ORDER BY latest.channel, latest.last_error;

-- name: incidents
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

-- name: is_paused
SELECT EXISTS (
    SELECT 1 FROM ops.pause
    WHERE pipeline = %(pipeline)s AND (paused_until IS NULL OR paused_until > clock_timestamp())
) AS is_paused;

-- name: open_incident
-- Opens an incident, or counts one more occurrence of the open one; came_back: its pipeline had succeeded in between;
-- is_worse: its rank was lower. One with a rank is as it was told last.
WITH known AS (
    SELECT
        EXISTS (
            SELECT 1 FROM ops.run AS r
            WHERE r.pipeline = %(pipeline)s AND r.state = 'succeeded' AND r.finished_at > i.last_seen_at
        ) AS came_back,
        coalesce((i.detail ->> 'rank')::integer, 0) < coalesce((%(detail)s::jsonb ->> 'rank')::integer, 0) AS is_worse
    FROM ops.incident AS i
    WHERE i.fingerprint = %(fingerprint)s AND i.recovered_at IS NULL
)

INSERT INTO ops.incident AS i (fingerprint, pipeline, severity, title, detail, first_run_id, last_run_id, waiting_runs)
VALUES (
    %(fingerprint)s, %(pipeline)s, %(severity)s, %(title)s, %(detail)s, %(run_id)s, %(run_id)s,
    array_remove(ARRAY[%(run_id)s], NULL)
)
ON CONFLICT (fingerprint) WHERE recovered_at IS NULL DO UPDATE
    SET
        occurrences = i.occurrences + (i.last_run_id IS DISTINCT FROM excluded.last_run_id)::integer,
        last_run_id = excluded.last_run_id,
        last_seen_at = clock_timestamp(),
        severity = CASE WHEN excluded.detail ? 'rank' THEN excluded.severity ELSE i.severity END,
        title = CASE WHEN excluded.detail ? 'rank' THEN excluded.title ELSE i.title END,
        detail = CASE WHEN excluded.detail ? 'rank' THEN excluded.detail ELSE i.detail END,
        waiting_runs = (
            -- Of a job one run is enough: the next success of it makes all of them good.
            SELECT coalesce(array_agg(kept.run_id ORDER BY kept.at), '{}') || excluded.waiting_runs
            FROM unnest(i.waiting_runs) WITH ORDINALITY AS kept (run_id, at)
            LEFT JOIN ops.run AS r USING (run_id)
            WHERE
                kept.run_id <> ALL(excluded.waiting_runs)
                AND NOT (
                    r.interval_start IS NULL AND r.pipeline = excluded.pipeline AND excluded.waiting_runs <> '{}'
                )
        ),
        pipeline = CASE WHEN i.pipeline = excluded.pipeline THEN i.pipeline END
RETURNING
    i.incident_id,
    coalesce(%(run_id)s::text IS NOT NULL AND (SELECT known.came_back FROM known), false) AS came_back,
    coalesce((SELECT known.is_worse FROM known), false) AS is_worse;

-- name: queue_message
-- One message a kind and channel; what comes after the first is told only where that was told or is waiting to be.
-- That it came back is told at most once in an hour.
INSERT INTO ops.alert_delivery AS d (incident_id, kind, channel)
SELECT
    %(incident_id)s,
    %(kind)s,
    channel.name
FROM unnest(%(channels)s::text []) AS channel (name)
WHERE
    %(kind)s = 'opened'
    OR EXISTS (
        SELECT 1 FROM ops.alert_delivery AS told
        WHERE
            told.incident_id = %(incident_id)s AND told.channel = channel.name AND told.kind = 'opened'
            AND (%(kind)s <> 'again' OR told.delivered_at < clock_timestamp() - interval '1 hour')
    )
ON CONFLICT (incident_id, kind, channel) DO UPDATE
    SET state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), refused = NULL
WHERE
    d.state <> 'pending'
    AND (d.kind = 'worse' OR d.kind = 'again' AND d.next_attempt_at < clock_timestamp() - interval '1 hour');

-- name: recover_fingerprint
-- What a run met is over only when that run has been made good.
UPDATE ops.incident SET recovered_at = clock_timestamp()
WHERE fingerprint = %(fingerprint)s AND recovered_at IS NULL AND waiting_runs = '{}'
RETURNING incident_id;

-- name: recover_incidents
-- A success makes good the runs of its job, or of its pipeline within its interval; an incident is over when none is left.
-- A run that is no longer on record can never be made good by name: the next success of its pipeline has to do.
WITH good AS (
    SELECT
        run.run_id,
        run.pipeline,
        run.interval_start,
        run.interval_end
    FROM ops.run AS run
    WHERE run.run_id = %(run_id)s AND run.pipeline = %(pipeline)s
),

met AS (
    SELECT
        i.incident_id,
        ARRAY(
            SELECT waiting.run_id
            FROM unnest(i.waiting_runs) AS waiting (run_id)
            INNER JOIN ops.run AS r USING (run_id)
            WHERE
                r.pipeline <> good.pipeline
                OR (
                    r.interval_start IS NOT NULL
                    AND (good.interval_start <= r.interval_start AND good.interval_end >= r.interval_end) IS NOT TRUE
                )
        ) AS still_waiting
    FROM ops.incident AS i
    CROSS JOIN good
    WHERE
        i.recovered_at IS NULL
        AND i.waiting_runs <> '{}'
        AND (
            i.pipeline = good.pipeline
            OR EXISTS (
                SELECT 1 FROM ops.run AS r WHERE r.run_id = ANY(i.waiting_runs) AND r.pipeline = good.pipeline
            )
        )
),

changed AS (
    UPDATE ops.incident AS i
    SET
        waiting_runs = met.still_waiting,
        recovered_at = CASE WHEN met.still_waiting = '{}' THEN clock_timestamp() END
    FROM met
    WHERE i.incident_id = met.incident_id
    RETURNING i.incident_id, i.recovered_at
)

SELECT changed.incident_id FROM changed
WHERE changed.recovered_at IS NOT NULL;
