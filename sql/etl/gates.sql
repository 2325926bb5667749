-- name: accept_column
-- An operator accepts that a column of the source is gone.
UPDATE ops.source_column
SET accepted_at = clock_timestamp(), accepted_by = %(accepted_by)s, accepted_why = %(why)s
WHERE table_name = %(table_name)s AND column_name = %(column_name)s;

-- name: create_offending
-- Rows that break a quarantining check, by their place in the batch table.
CREATE TEMPORARY TABLE IF NOT EXISTS offending (
    row_place tid NOT NULL,
    position integer NOT NULL,
    check_id text NOT NULL,
    reason text NOT NULL,
    -- Null: the whole row. Kept: what is reckoned from the value is null, the value is not.
    field text,
    is_kept boolean NOT NULL
) ON COMMIT DROP;
TRUNCATE offending;

-- name: forget_results
DELETE FROM ops.check_result
WHERE run_id = %(run_id)s AND suite = ANY(%(suites)s);

-- name: history
SELECT
    result.checked_at,
    result.run_id,
    run.pipeline,
    run.interval_start,
    result.severity,
    result.outcome,
    result.rows_checked,
    result.rows_failed,
    result.observed
FROM ops.check_result AS result
LEFT JOIN ops.run AS run ON run.run_id = result.run_id
WHERE result.check_id = %(check_id)s
ORDER BY result.checked_at DESC
LIMIT %(at_most)s;

-- name: days_of_fact
-- The rows of a fact on the days of the run's slice.
SELECT *
FROM {fact} AS fact
WHERE fact.time_key BETWEEN %(first_day)s AND %(last_day)s;

-- name: known_columns
-- Columns that a run has read and nobody has accepted as gone.
SELECT
    known.table_name,
    known.column_name
FROM ops.source_column AS known
WHERE known.table_name = ANY(%(tables)s::text []) AND known.accepted_at IS NULL;

-- name: note_columns
-- What this run reads; a column that comes back is expected again.
INSERT INTO ops.source_column AS known (table_name, column_name, last_seen_run_id)
SELECT
    seen.table_name,
    seen.column_name,
    %(run_id)s
FROM unnest(%(tables)s::text [], %(columns)s::text []) AS seen (table_name, column_name)
ON CONFLICT (table_name, column_name) DO UPDATE SET
    last_seen_run_id = excluded.last_seen_run_id,
    accepted_at = NULL,
    accepted_by = NULL,
    accepted_why = NULL;

-- name: put_back
-- Content, digest and time of a rejected row are the whole conformed row, so putting it back loses nothing.
WITH taken AS (
    DELETE FROM rejected
    WHERE source_table = %(source_table)s AND string_to_array(check_id, ', ') && %(check_ids)s::text []
    RETURNING content || jsonb_build_object('row_hash', row_hash, 'event_at', event_at) AS content
)

INSERT INTO {batch}
SELECT conformed.*
FROM taken
CROSS JOIN LATERAL jsonb_populate_record(NULL::{batch}, taken.content) AS conformed;

-- name: quarantined_rows
SELECT source_key, field, reason, state, content
FROM ops.quarantine
WHERE %(run_id)s IN (run_id, last_seen_run_id) AND %(check_id)s = ANY(string_to_array(check_id, ', '));

-- name: record_results
INSERT INTO ops.check_result (
    run_id, suite, layer, table_name, check_id, column_name, expectation, severity, outcome, note,
    observed, rows_checked, rows_failed, offending_rows_sql
)
SELECT
    %(run_id)s,
    result.suite,
    result.layer,
    result.table_name,
    result.check_id,
    result.column_name,
    result.expectation,
    result.severity,
    result.outcome,
    result.note,
    result.observed || jsonb_build_object('quarantines', result.quarantines),
    result.rows_checked,
    result.rows_failed,
    result.offending_rows_sql
FROM jsonb_to_recordset(%(results)s::jsonb) AS result (
    suite text, layer text, table_name text, check_id text, column_name text, expectation text, severity text,
    outcome text, note text, observed jsonb, rows_checked bigint, rows_failed bigint, offending_rows_sql text,
    quarantines boolean
);

-- name: reject_fields
-- After the rows: what is left of the offending places is in rows that are loaded.
SELECT ops.reject_fields(%(batch)s::regclass, %(source_table)s) AS fields;

-- name: read_days
-- The first and last business day of a moment of the batch.
SELECT
    ops.day_key(min({moment}), %(business_timezone)s) AS first_day,
    ops.day_key(max({moment}), %(business_timezone)s) AS last_day
FROM {batch};

-- name: rejected_tables
-- Which tables of the batch have rows that this gate quarantined before.
SELECT source_table
FROM rejected
WHERE string_to_array(check_id, ', ') && %(check_ids)s::text []
UNION
SELECT source_table
FROM rejected_field
WHERE string_to_array(check_id, ', ') && %(check_ids)s::text [];

-- name: restore_fields
SELECT ops.restore_fields(%(batch)s::regclass, %(source_table)s, %(check_ids)s);

-- name: results
SELECT
    layer,
    check_id,
    severity,
    outcome,
    rows_checked,
    rows_failed,
    note,
    observed,
    offending_rows_sql
FROM ops.check_result
WHERE run_id = %(run_id)s
ORDER BY
    array_position(ARRAY['could not run', 'failed', 'passed'], outcome),
    array_position(ARRAY['critical', 'warning', 'info'], severity),
    check_id;

-- name: slice_days
SELECT
    min(time_key) AS first_day,
    max(time_key) AS last_day
FROM {keys};

-- name: source_catalogue
-- Every column of the tables that an unqualified name finds in the source. A domain counts as the type beneath it.
SELECT
    relation.relname AS table_name,
    attribute.attname AS column_name,
    CASE base.typtype WHEN 'e' THEN 'enum' ELSE base.typname END AS base_type,
    format_type(attribute.atttypid, attribute.atttypmod) AS shown_type,
    NOT attribute.attnotnull AS is_nullable,
    has_column_privilege(relation.oid, attribute.attnum, 'SELECT') AS is_readable
FROM pg_catalog.pg_class AS relation
INNER JOIN pg_catalog.pg_attribute AS attribute
    ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
INNER JOIN pg_catalog.pg_type AS declared ON declared.oid = attribute.atttypid
INNER JOIN pg_catalog.pg_type AS base ON base.oid = coalesce(nullif(declared.typbasetype, 0), declared.oid)
WHERE
    relation.relname = ANY(%(tables)s::text [])
    AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND pg_catalog.pg_table_is_visible(relation.oid)
ORDER BY relation.relname, attribute.attnum;

-- name: table_columns
-- Columns and types of each of the named tables, in order, in one look at the catalogue.
SELECT
    namespace.nspname AS schema_name,
    relation.relname AS table_name,
    json_object_agg(attribute.attname, format_type(attribute.atttypid, NULL) ORDER BY attribute.attnum) AS columns
FROM unnest(%(schemas)s::text [], %(tables)s::text []) AS wanted (schema_name, table_name)
INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = wanted.schema_name
INNER JOIN pg_catalog.pg_class AS relation
    ON relation.relnamespace = namespace.oid AND relation.relname = wanted.table_name
INNER JOIN pg_catalog.pg_attribute AS attribute
    ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
GROUP BY namespace.nspname, relation.relname;
