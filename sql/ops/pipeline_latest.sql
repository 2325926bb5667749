-- The last run of each pipeline that was more than a skip.
SELECT DISTINCT ON (pipeline)
    pipeline,
    run_id,
    state,
    queued_at
FROM ops.run
WHERE state <> 'skipped' AND trigger NOT IN ('stage', 'replay')
ORDER BY pipeline ASC, run_number DESC
