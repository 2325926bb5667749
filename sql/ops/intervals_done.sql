-- Those of the given intervals that runs have loaded, each as far as it was over when they ran.
-- A run that says it ran in the future was started by a clock that was wrong.
WITH loaded AS (
    SELECT range_agg(tstzrange(run.interval_start, least(run.interval_end, run.as_of))) AS spans
    FROM ops.run AS run
    WHERE
        run.pipeline = %(pipeline)s
        AND run.state = 'succeeded'
        AND run.trigger NOT IN ('stage', 'replay')
        AND run.as_of > run.interval_start
        AND run.as_of <= %(trusted_until)s
)

SELECT asked.interval_start
FROM unnest(%(starts)s::timestamptz [], %(ends)s::timestamptz []) AS asked (interval_start, interval_end)
CROSS JOIN loaded
WHERE tstzrange(asked.interval_start, asked.interval_end) <@ loaded.spans
