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

-- name: findings
-- What a job found, in the order in which it looked.
SELECT
    name,
    level,
    sentence,
    remedy
FROM ops.health_finding
WHERE run_id = %(run_id)s
ORDER BY position;

-- name: quarantine
-- What this run quarantined or met again, by reason: the most frequent reasons with how many there are of each, and some
-- samples of each.
WITH met AS (
    SELECT *
    FROM ops.quarantine
    WHERE run_id = %(run_id)s OR last_seen_run_id = %(run_id)s
),

alike AS (
    SELECT
        source_table,
        field,
        reason,
        count(*) AS number,
        sum(count(*)) OVER ()::bigint AS total,
        count(*) OVER () AS reasons
    FROM met
    GROUP BY source_table, field, reason
    ORDER BY number DESC, source_table, field, reason
    LIMIT %(reasons)s
)

SELECT
    alike.source_table,
    sample.source_key,
    alike.field,
    alike.reason,
    sample.check_id,
    sample.state,
    sample.content,
    alike.number AS alike,
    alike.total,
    alike.reasons
FROM alike
CROSS JOIN LATERAL (
    SELECT
        met.quarantine_id,
        met.source_key,
        met.check_id,
        met.state,
        met.content
    FROM met
    WHERE met.source_table = alike.source_table AND met.reason = alike.reason AND met.field IS NOT DISTINCT FROM alike.field
    ORDER BY met.quarantine_id
    LIMIT %(samples)s
) AS sample
ORDER BY alike.number DESC, alike.source_table, alike.field, alike.reason, sample.quarantine_id;

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
    coalesce(run.interval_start, run.as_of) AS placed_at,
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
