SELECT
    result.checked_at,
    result.run_id,
    run.pipeline,
    run.interval_start,
    result.severity,
    result.outcome,
    result.rows_checked,
    result.rows_failed,
    result.observed
FROM ops.check_result AS result
LEFT JOIN ops.run AS run ON run.run_id = result.run_id
WHERE result.check_id = %(check_id)s
ORDER BY result.checked_at DESC
LIMIT %(at_most)s;
