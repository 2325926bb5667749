SELECT *
FROM ops.stage_attempt
WHERE run_id = %(run_id)s
ORDER BY position, stage, attempt;
