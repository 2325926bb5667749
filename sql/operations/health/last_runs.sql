-- The latest ended run of each pipeline and the latest success; the age counts up to as_of. A run whose lock no session
-- has is over, whoever will record that.
SELECT
    wanted.pipeline,
    latest.run_id,
    latest.state,
    latest.reason,
    round(extract(EPOCH FROM %(as_of)s - success.as_of) / 3600, 1) AS hours_since_success,
    coalesce(paused.why, '') AS paused_why,
    paused.pipeline IS NOT NULL AS is_paused
FROM unnest(%(pipelines)s::text []) AS wanted (pipeline)
LEFT JOIN LATERAL (
    SELECT
        r.run_id,
        CASE WHEN r.state IN ('queued', 'running') THEN 'lost' ELSE r.state::text END AS state,
        coalesce(r.reason, format('process %%s on %%s vanished without a word', r.pid, r.host)) AS reason
    FROM ops.run AS r
    WHERE
        r.pipeline = wanted.pipeline
        AND r.as_of <= %(as_of)s
        -- Stages tried by hand are nobody's night.
        AND (r.run_id NOT LIKE 'manual-%%' OR r.state = 'succeeded')
        AND (
            r.state IN ('succeeded', 'failed', 'lost', 'cancelled')
            OR (r.state IN ('queued', 'running') AND NOT ops.run_is_alive(r.run_id))
        )
    ORDER BY r.as_of DESC, r.run_number DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN LATERAL (
    SELECT max(r.as_of) AS as_of FROM ops.run AS r
    WHERE r.pipeline = wanted.pipeline AND r.as_of <= %(as_of)s AND r.state = 'succeeded'
) AS success ON true
LEFT JOIN ops.pause AS paused
    ON wanted.pipeline = paused.pipeline AND (paused.paused_until IS NULL OR paused.paused_until > %(as_of)s)
ORDER BY wanted.pipeline;
