-- The run as its page tells it, with who signed it off.
SELECT
    run.*,
    coalesce(run.interval_start, run.queued_at) AS placed_at,
    sign_off.signed_by,
    sign_off.signed_at,
    sign_off.note AS sign_off_note
FROM ops.run AS run
LEFT JOIN ops.sign_off AS sign_off ON run.run_id = sign_off.run_id
WHERE run.run_id = %(run_id)s;
