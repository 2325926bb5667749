SELECT
    run_id,
    state
FROM ops.run
WHERE parent_run_id = %(run_id)s AND trigger = 'resume'
ORDER BY run_number DESC
