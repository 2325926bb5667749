-- The registry: whatever happens to the warehouse is a run, and every run leaves its trace here.

CREATE TYPE ops.run_state AS ENUM ('queued', 'running', 'succeeded', 'failed', 'skipped', 'lost', 'cancelled');

CREATE TABLE ops.run (
    run_number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    run_id text PRIMARY KEY,
    pipeline text NOT NULL,
    interval_start timestamptz,
    interval_end timestamptz,
    as_of timestamptz NOT NULL,
    trigger text NOT NULL,
    parent_run_id text,
    parameters jsonb NOT NULL DEFAULT '{}',
    state ops.run_state NOT NULL DEFAULT 'queued',
    reason text,
    error jsonb,
    host text NOT NULL,
    pid integer NOT NULL,
    requested_by text,
    code_version text,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    cancel_requested_at timestamptz,
    archive_path text,
    archive_error text,
    manifest_sha256 text,
    CONSTRAINT trigger_is_known CHECK (
        trigger IN ('schedule', 'catchup', 'manual', 'backfill', 'resume', 'replay', 'stage', 'notebook', 'demo')
    ),
    CONSTRAINT interval_is_forward CHECK (interval_end > interval_start)
);
CREATE INDEX ON ops.run (pipeline, interval_start);
CREATE INDEX ON ops.run (queued_at);
CREATE INDEX run_unfinished ON ops.run (pipeline) WHERE state IN ('queued', 'running');

CREATE TABLE ops.stage_attempt (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    stage text NOT NULL,
    attempt integer NOT NULL,
    position integer NOT NULL,
    state ops.run_state NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    cells_total integer,
    cells_completed integer,
    engine text,
    notebook text,
    error jsonb,
    PRIMARY KEY (run_id, stage, attempt)
);

-- extracted = inserted + updated + unchanged + quarantined, for each run and source table, checked by the database itself.
CREATE TABLE ops.row_count (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    source_table text NOT NULL,
    extracted bigint NOT NULL,
    inserted bigint,
    updated bigint,
    unchanged bigint,
    quarantined bigint,
    PRIMARY KEY (run_id, source_table),
    CONSTRAINT nothing_is_dropped_in_silence CHECK (extracted = inserted + updated + unchanged + quarantined)
);

CREATE TABLE ops.fact_count (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    target_table text NOT NULL,
    inserted bigint NOT NULL,
    updated bigint NOT NULL,
    unchanged bigint NOT NULL,
    deleted bigint NOT NULL,
    PRIMARY KEY (run_id, target_table)
);

CREATE TABLE ops.check_result (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    suite text NOT NULL,
    layer text NOT NULL,
    table_name text NOT NULL,
    check_id text NOT NULL,
    column_name text,
    expectation text NOT NULL,
    severity text NOT NULL,
    outcome text NOT NULL,
    note text NOT NULL,
    observed jsonb,
    rows_checked bigint,
    rows_failed bigint,
    offending_rows_sql text,
    checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, suite, check_id),
    CONSTRAINT severity_is_known CHECK (severity IN ('critical', 'warning', 'info')),
    CONSTRAINT outcome_is_known CHECK (outcome IN ('passed', 'failed', 'could not check'))
);
CREATE INDEX ON ops.check_result (suite, check_id, checked_at);

CREATE TABLE ops.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id text NOT NULL,
    source_table text NOT NULL,
    source_key text NOT NULL,
    content jsonb NOT NULL,
    reason text NOT NULL,
    check_id text,
    state text NOT NULL DEFAULT 'open',
    row_hash bigint,
    event_at timestamptz,
    quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_run_id text NOT NULL,
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    CONSTRAINT quarantine_state_is_known CHECK (state IN ('open', 'loaded', 'discarded', 'vanished'))
);
-- One open entry a source row: the same bad row read again is seen again, not quarantined again.
CREATE UNIQUE INDEX quarantine_one_open ON ops.quarantine (source_table, source_key) WHERE state = 'open';

CREATE TABLE ops.pause (
    pipeline text PRIMARY KEY,
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    paused_until timestamptz,
    paused_by text NOT NULL,
    why text NOT NULL
);

CREATE TABLE ops.schedule_tick (
    pipeline text NOT NULL,
    interval_start timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    run_id text,
    outcome text NOT NULL,
    tries integer NOT NULL DEFAULT 1,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (pipeline, interval_start),
    CONSTRAINT outcome_is_known CHECK (
        outcome IN ('began', 'started', 'succeeded', 'failed', 'cancelled', 'skipped', 'lost', 'paused', 'passed over')
    )
);

CREATE TABLE ops.incident (
    incident_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint text NOT NULL,
    pipeline text,
    severity text NOT NULL,
    title text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    first_run_id text,
    last_run_id text,
    occurrences integer NOT NULL DEFAULT 1,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recovered_at timestamptz
);
CREATE UNIQUE INDEX incident_one_open ON ops.incident (fingerprint) WHERE recovered_at IS NULL;

CREATE TABLE ops.alert_delivery (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id bigint NOT NULL REFERENCES ops.incident ON DELETE CASCADE,
    kind text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_error text,
    delivered_at timestamptz,
    UNIQUE (incident_id, kind, channel),
    CONSTRAINT delivery_kind_is_known CHECK (kind IN ('opened', 'recovered', 'test')),
    CONSTRAINT delivery_state_is_known CHECK (state IN ('pending', 'delivered', 'given up'))
);

CREATE TABLE ops.sign_off (
    run_id text PRIMARY KEY REFERENCES ops.run ON DELETE CASCADE,
    signed_by text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    note text
);

CREATE TABLE ops.backup (
    backup_id text PRIMARY KEY,
    run_id text,
    path text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    size_bytes bigint,
    sha256 text,
    state text NOT NULL,
    verified_at timestamptz,
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT backup_state_is_known CHECK (state IN ('running', 'good', 'bad', 'deleted'))
);

CREATE TABLE ops.archived_month (
    fact_table text NOT NULL,
    month_key integer NOT NULL,
    state text NOT NULL,
    path text NOT NULL,
    row_count bigint,
    content_checksum text,
    file_sha256 text,
    archived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    restored_at timestamptz,
    PRIMARY KEY (fact_table, month_key),
    CONSTRAINT archived_state_is_known CHECK (state IN ('copying', 'copied', 'archived', 'restored'))
);

-- Months (yyyymm of the business day) whose facts changed since their marts were last restated.
CREATE TABLE ops.dirty_month (
    subject text NOT NULL,
    month_key integer NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subject, month_key)
);

CREATE TABLE ops.reconciliation (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    source_table text NOT NULL,
    bucket date NOT NULL,
    source_rows bigint NOT NULL,
    warehouse_rows bigint NOT NULL,
    is_equal boolean NOT NULL,
    reread boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, source_table, bucket)
);

CREATE TABLE ops.setting (
    name text PRIMARY KEY,
    value text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE ops.setting IS
'The settings that views and marts read (business_timezone, incident types ...), written from the settings object at each run.';
