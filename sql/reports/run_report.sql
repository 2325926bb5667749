-- name: attempts
SELECT
    stage,
    attempt,
    state,
    started_at,
    finished_at,
    cells_total,
    cells_completed,
    engine,
    notebook,
    error
FROM ops.stage_attempt
WHERE run_id = %(run_id)s
ORDER BY position, stage, attempt;

-- name: checks
-- What needs a person first: checks that did not pass, the severest of them on top.
SELECT
    suite,
    layer,
    table_name,
    check_id,
    column_name,
    expectation,
    severity,
    outcome,
    note,
    observed,
    rows_checked,
    rows_failed,
    offending_rows_sql
FROM ops.check_result
WHERE run_id = %(run_id)s
ORDER BY
    outcome = 'passed',
    array_position(ARRAY['critical', 'warning', 'info'], severity),
    suite, table_name, check_id;

-- name: quarantine
-- The rows that this run quarantined or met again, at most a page of them, with how many there are.
SELECT
    source_table,
    source_key,
    field,
    reason,
    check_id,
    state,
    content,
    count(*) OVER () AS total
FROM ops.quarantine
WHERE run_id = %(run_id)s OR last_seen_run_id = %(run_id)s
ORDER BY source_table, quarantine_id
LIMIT %(at_most)s;

-- name: run
-- The run as its page tells it, with who signed it off.
SELECT
    run.run_id,
    run.run_number,
    run.pipeline,
    run.state,
    run.reason,
    run.error,
    run.trigger,
    run.requested_by,
    run.parent_run_id,
    run.parameters,
    run.interval_start,
    run.interval_end,
    run.as_of,
    coalesce(run.interval_start, run.queued_at) AS placed_at,
    run.queued_at,
    run.started_at,
    run.finished_at,
    run.host,
    run.pid,
    run.code_version,
    run.archive_path,
    sign_off.signed_by,
    sign_off.signed_at
FROM ops.run AS run
LEFT JOIN ops.sign_off AS sign_off ON run.run_id = sign_off.run_id
WHERE run.run_id = %(run_id)s;

-- name: versions
SELECT current_setting('server_version') AS server_version;
