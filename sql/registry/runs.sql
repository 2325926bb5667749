-- name: attempt_finish
UPDATE ops.stage_attempt
SET
    state = %(state)s,
    finished_at = clock_timestamp(),
    cells_completed = coalesce(%(cells_completed)s, cells_completed),
    cells_total = coalesce(%(cells_total)s, cells_total),
    engine = coalesce(%(engine)s, engine),
    notebook = coalesce(%(notebook)s, notebook),
    error = %(error)s
WHERE run_id = %(run_id)s AND stage = %(stage)s AND attempt = %(attempt)s;

-- name: attempt_list
SELECT
    stage,
    attempt,
    position,
    state,
    started_at,
    finished_at,
    cells_total,
    cells_completed,
    engine,
    notebook,
    error,
    extract(EPOCH FROM coalesce(finished_at, clock_timestamp()) - started_at)::numeric(12, 3) AS seconds
FROM ops.stage_attempt
WHERE run_id = %(run_id)s
ORDER BY started_at, position, attempt;

-- name: attempt_progress
UPDATE ops.stage_attempt
SET cells_completed = %(cells_completed)s, cells_total = %(cells_total)s
WHERE run_id = %(run_id)s AND stage = %(stage)s AND attempt = %(attempt)s AND state = 'running';

-- name: attempt_start
INSERT INTO ops.stage_attempt (run_id, stage, attempt, position, state, notebook, cells_total, cells_completed)
SELECT
    %(run_id)s,
    %(stage)s,
    coalesce(max(earlier.attempt), 0) + 1,
    %(position)s,
    'running',
    NULL,
    %(cells_total)s,
    0
FROM ops.stage_attempt AS earlier
WHERE earlier.run_id = %(run_id)s AND earlier.stage = %(stage)s
RETURNING attempt;

-- name: run_archive_error
UPDATE ops.run
SET archive_error = %(problem)s
WHERE run_id = %(run_id)s AND archive_path IS NULL;

-- name: run_by_id
SELECT
    run.run_number,
    run.run_id,
    run.pipeline,
    run.interval_start,
    run.interval_end,
    run.as_of,
    run.trigger,
    run.parent_run_id,
    run.parameters,
    run.state,
    run.reason,
    run.error,
    run.host,
    run.pid,
    run.requested_by,
    run.code_version,
    run.queued_at,
    run.started_at,
    run.finished_at,
    run.cancel_requested_at,
    run.archive_path,
    run.archive_error,
    run.manifest_sha256,
    ops.run_is_alive(run.run_id) AS is_alive,
    extract(
        EPOCH FROM coalesce(
            run.finished_at,
            CASE
                WHEN run.state = 'running' AND (run.run_id LIKE 'manual-%%' OR ops.run_is_alive(run.run_id))
                    THEN clock_timestamp()
            END
        ) - run.started_at
    )::numeric(12, 3) AS seconds
FROM ops.run AS run
WHERE run.run_id = %(run_id)s;

-- name: run_checks
SELECT
    suite,
    check_id,
    layer,
    table_name,
    severity,
    outcome,
    rows_failed,
    note
FROM ops.check_result
WHERE run_id = %(run_id)s
ORDER BY outcome = 'passed', severity, suite, check_id;

-- name: run_fact_counts
SELECT
    target_table,
    inserted,
    updated,
    unchanged,
    deleted
FROM ops.fact_count
WHERE run_id = %(run_id)s
ORDER BY target_table;

-- name: run_finish
-- The first record of how a run ended is kept: a run found lost stays lost, whatever its process says later.
UPDATE ops.run
SET state = %(state)s, reason = %(reason)s, error = %(error)s, finished_at = clock_timestamp()
WHERE run_id = %(run_id)s AND state IN ('queued', 'running');

-- name: run_ids
SELECT run_id
FROM ops.run
ORDER BY queued_at DESC
LIMIT 2000;

-- name: run_insert
INSERT INTO ops.run (
    run_id, pipeline, interval_start, interval_end, as_of, trigger, parent_run_id, parameters,
    host, pid, requested_by, code_version
)
VALUES (
    %(run_id)s, %(pipeline)s, %(interval_start)s, %(interval_end)s, %(as_of)s, %(trigger)s, %(parent_run_id)s,
    %(parameters)s, %(host)s, %(pid)s, %(requested_by)s, %(code_version)s
)
ON CONFLICT (run_id) DO NOTHING;

-- name: run_row_counts
SELECT
    source_table,
    extracted,
    inserted,
    updated,
    unchanged,
    quarantined
FROM ops.row_count
WHERE run_id = %(run_id)s
ORDER BY source_table;

-- name: run_start
UPDATE ops.run
SET state = 'running', started_at = coalesce(started_at, clock_timestamp())
WHERE run_id = %(run_id)s AND state IN ('queued', 'running');

-- name: setting_put
-- Written only when it differs, so that runs do not queue behind each other for a row that nobody changes.
INSERT INTO ops.setting (name, value)
SELECT given.name, given.value
FROM jsonb_each_text(%(settings)s) AS given (name, value)
WHERE NOT EXISTS (
    SELECT 1
    FROM ops.setting AS known
    WHERE known.name = given.name AND known.value = given.value
)
ORDER BY given.name
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = clock_timestamp()
WHERE setting.value IS DISTINCT FROM excluded.value;
