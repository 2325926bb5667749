-- What facts, signatures or younger runs refer to is kept for ever, and so is the last word on each interval.
DELETE FROM ops.run AS run
WHERE
    run.state IN ('succeeded', 'failed', 'skipped', 'lost', 'cancelled')
    AND run.queued_at < %(before)s
    AND (run.state = 'skipped' OR run.archive_path IS NOT NULL)
    AND (run.state <> 'succeeded' OR run.interval_start IS NULL)
    AND NOT EXISTS (SELECT 1 FROM ops.fact_count AS written WHERE written.run_id = run.run_id)
    AND NOT EXISTS (SELECT 1 FROM ops.sign_off AS signed WHERE signed.run_id = run.run_id)
    AND NOT EXISTS (
        SELECT 1
        FROM ops.run AS child
        WHERE child.parent_run_id = run.run_id AND child.queued_at >= %(before)s
    )
    AND run.run_number < (
        SELECT max(later.run_number)
        FROM ops.run AS later
        WHERE later.pipeline = run.pipeline
    )
RETURNING run.run_id
