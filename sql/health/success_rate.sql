-- Share of the pipelines' runs that succeeded, in percent of those that ended, over the 24 hours before as_of.
-- A retry that healed counts with its run; a run that was skipped for another one did nothing and does not count.
SELECT
    round(100.0 * count(*) FILTER (WHERE state = 'succeeded') / nullif(count(*), 0), 1) AS value,
    count(*) AS runs,
    count(*) FILTER (WHERE state <> 'succeeded') AS failed,
    max(run_id) FILTER (WHERE state <> 'succeeded') AS example
FROM ops.run
WHERE
    pipeline = any(%(pipelines)s)
    AND as_of > %(as_of)s - interval '24 hours' AND as_of <= %(as_of)s
    AND state IN ('succeeded', 'failed', 'lost', 'cancelled');
