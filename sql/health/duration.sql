-- Minutes that the pipeline's latest finished run over one interval of its own took; backfills of many are no measure.
SELECT
    round(extract(EPOCH FROM finished_at - started_at) / 60, 2) AS value,
    run_id AS example
FROM ops.run
WHERE
    pipeline = %(pipeline)s AND state = 'succeeded' AND as_of <= %(as_of)s
    AND trigger IN ('schedule', 'catchup', 'manual', 'demo')
ORDER BY as_of DESC, run_number DESC
LIMIT 1;
