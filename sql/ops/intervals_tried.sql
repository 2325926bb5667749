-- Those of the given intervals that some run was for, however it ended: its end has been told already.
WITH tried AS (
    SELECT range_agg(tstzrange(run.interval_start, run.interval_end)) AS spans
    FROM ops.run AS run
    WHERE
        run.pipeline = %(pipeline)s
        AND run.interval_start IS NOT NULL
        AND run.trigger NOT IN ('stage', 'replay')
        AND run.state NOT IN ('skipped', 'lost')
)

SELECT asked.interval_start
FROM unnest(%(starts)s::timestamptz [], %(ends)s::timestamptz []) AS asked (interval_start, interval_end)
CROSS JOIN tried
WHERE tstzrange(asked.interval_start, asked.interval_end) <@ tried.spans
