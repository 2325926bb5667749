-- name: attempts
SELECT *
FROM ops.stage_attempt
WHERE run_id = %(run_id)s
ORDER BY position, stage, attempt;

-- name: checks
-- What needs a person first: checks that did not pass, the severest of them on top.
SELECT *
FROM ops.check_result
WHERE run_id = %(run_id)s
ORDER BY
    outcome = 'passed',
    array_position(ARRAY['critical', 'warning', 'info'], severity),
    suite, table_name, check_id;

-- name: fact_counts
SELECT *
FROM ops.fact_count
WHERE run_id = %(run_id)s
ORDER BY target_table;

-- name: quarantine
-- The rows this run set aside or met again, at most a page of them, with how many there are.
SELECT
    source_table,
    source_key,
    reason,
    check_id,
    state,
    content,
    event_at,
    run_id AS first_run_id,
    count(*) OVER () AS total
FROM ops.quarantine
WHERE run_id = %(run_id)s OR last_seen_run_id = %(run_id)s
ORDER BY source_table, quarantine_id
LIMIT %(at_most)s;

-- name: row_counts
SELECT *
FROM ops.row_count
WHERE run_id = %(run_id)s
ORDER BY source_table;

-- name: run
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

-- name: versions
SELECT current_setting('server_version') AS server_version;
