SELECT
    state,
    cancel_requested_at IS NOT NULL AS is_cancel_requested
FROM ops.run
WHERE run_id = %(run_id)s
