-- Every run of one pipeline and month, the newest interval first; reads that month only.
SELECT
    run.run_id,
    run.state,
    run.reason,
    run.trigger,
    run.interval_start,
    run.interval_end,
    run.queued_at,
    run.started_at,
    run.finished_at,
    coalesce(run.interval_start, run.as_of) AS placed_at,
    entry.path,
    entry.pruned_at,
    sign_off.signed_by,
    rows.extracted,
    rows.written,
    rows.quarantined,
    checks.not_passed AS checks_not_passed
FROM ops.run AS run
LEFT JOIN ops.archived_run AS entry ON run.run_id = entry.run_id
LEFT JOIN ops.sign_off AS sign_off ON run.run_id = sign_off.run_id
LEFT JOIN LATERAL (
    SELECT
        sum(counted.extracted) AS extracted,
        sum(counted.inserted + counted.updated) AS written,
        sum(counted.quarantined) AS quarantined
    FROM ops.row_count AS counted
    WHERE counted.run_id = run.run_id
) AS rows ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS not_passed
    FROM ops.check_result AS checked
    WHERE checked.run_id = run.run_id AND checked.outcome <> 'passed'
) AS checks ON true
WHERE
    run.pipeline = %(pipeline)s
    AND coalesce(run.interval_start, run.as_of) >= %(from_moment)s
    AND coalesce(run.interval_start, run.as_of) < %(to_moment)s
ORDER BY placed_at DESC, run.run_number DESC;
