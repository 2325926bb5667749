-- %(runs)s hourly runs that ended, one an hour, the last of them at %(until)s.
INSERT INTO ops.run (
    run_id, pipeline, interval_start, interval_end, as_of, trigger, state, host, pid, queued_at, started_at, finished_at
)
SELECT
    to_char(hour_start, 'YYYYMMDD"T"HH24MISS"Z"') || '-hourly-' || lpad(to_hex(number), 6, '0'),
    'hourly_agent_metrics_etl',
    hour_start,
    hour_start + interval '1 hour',
    hour_start + interval '1 hour',
    'schedule',
    cast(CASE WHEN mod(number, 97) = 0 THEN 'failed' ELSE 'succeeded' END AS ops.run_state),
    'dw-host',
    4711,
    hour_start + interval '65 minutes',
    hour_start + interval '65 minutes',
    hour_start + interval '66 minutes'
FROM (
    SELECT number, %(until)s::timestamptz - number * interval '1 hour' AS hour_start
    FROM generate_series(1, %(runs)s) AS number
) AS hours;
