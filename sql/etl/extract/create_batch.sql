-- An empty batch of its own for the run; an earlier attempt's is thrown away.
DROP SCHEMA IF EXISTS {schema} CASCADE;
CREATE SCHEMA {schema};

-- What is read of each source table, on the source's clock and on ours.
CREATE UNLOGGED TABLE {schema}.extract_window (
    source_table text NOT NULL,
    window_start timestamp NOT NULL,
    window_end timestamp NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    reason text NOT NULL
);

-- Rows known to the warehouse that the source no longer has.
CREATE UNLOGGED TABLE {schema}.vanished (
    source_table text NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (source_table, id)
);

-- Rows that are not loaded, each whole and with its reason.
CREATE UNLOGGED TABLE {schema}.rejected (
    source_table text NOT NULL,
    source_key text NOT NULL,
    content jsonb NOT NULL,
    reason text NOT NULL,
    check_id text,
    row_hash bigint,
    event_at timestamptz
);

-- Fields of rows that are loaded without them, each with its value and its reason.
CREATE UNLOGGED TABLE {schema}.rejected_field (
    source_table text NOT NULL,
    source_key text NOT NULL,
    field text NOT NULL,
    content jsonb NOT NULL,
    reason text NOT NULL,
    check_id text NOT NULL,
    row_hash bigint,
    event_at timestamptz
);

-- Tables whose ids the source itself keeps unique, so that nobody need look for repeated ones.
CREATE UNLOGGED TABLE {schema}.unique_by_source (
    source_table text PRIMARY KEY
);

-- Rows whose text is none in the source's encoding, or has no place in ours; they are not loaded.
CREATE UNLOGGED TABLE {schema}.undecodable (
    source_table text NOT NULL,
    id bigint NOT NULL,
    row_hash bigint NOT NULL,
    reason text NOT NULL
);
