-- The latest ended run of each pipeline and the latest success; the age counts up to as_of.
SELECT
    wanted.pipeline,
    latest.run_id,
    latest.state::text AS state,
    latest.reason,
    round(extract(EPOCH FROM %(as_of)s - success.as_of) / 3600, 1) AS hours_since_success,
    coalesce(paused.why, '') AS paused_why,
    paused.pipeline IS NOT NULL AS is_paused
FROM unnest(%(pipelines)s::text []) AS wanted (pipeline)
LEFT JOIN LATERAL (
    SELECT
        r.run_id,
        r.state,
        r.reason
    FROM ops.run AS r
    WHERE r.pipeline = wanted.pipeline AND r.as_of <= %(as_of)s AND r.state IN ('succeeded', 'failed', 'lost', 'cancelled')
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
