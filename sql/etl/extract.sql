-- name: absent_rows
-- What stands before the query of a table that the source does not have: its name then means no rows. Else nothing.
SELECT
    CASE
        WHEN to_regclass(quote_ident(%(source_table)s)) IS NULL
            THEN format(
                E'WITH %%I AS (SELECT %%s WHERE false)\n',
                %(source_table)s,
                string_agg(format('NULL::%%s AS %%I', listed.type, listed.name), ', ')
            )
        ELSE ''
    END AS prefix
FROM unnest(%(columns)s::text [], %(types)s::text []) AS listed (name, type);

-- name: add_window
INSERT INTO extract_window (source_table, window_start, window_end, start_at, end_at, reason)
VALUES (
    %(source_table)s,
    %(window_start)s::timestamp,
    %(window_end)s::timestamp,
    %(window_start)s::timestamp AT TIME ZONE %(source_timezone)s,
    %(window_end)s::timestamp AT TIME ZONE %(source_timezone)s,
    %(reason)s
);

-- name: analyze
ANALYZE {table};

-- name: archived_months
-- Months of a fact that have left the warehouse: they are not read again.
SELECT month.key AS month_key
FROM unnest(ops.frozen_months(%(fact)s::regclass)) AS month (key)
ORDER BY month.key;

-- name: checked_rows
-- The query that reads the rows of a source query and brings text that may have no UTF-8 as bytes.
SELECT ops.checked_rows(%(columns)s::text [], %(types)s::oid [], %(encoding)s);

-- name: copy_in
COPY {table} FROM STDIN (FORMAT csv, HEADER match, ENCODING 'UTF8');

-- name: copy_out
COPY {table} TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8');

-- name: create_raw
-- The batch table for the rows of a source query, in the query's own columns and types.
SELECT ops.create_batch_table(%(table_name)s, %(columns)s::text [], %(types)s::oid []);

-- name: decode_rows
SELECT ops.decode_rows(quote_ident('raw_' || %(source_table)s)::regclass, %(source_table)s, %(encoding)s);

-- name: first_moment
-- When the source's data begin.
SELECT min(moment.first) AS first_moment
FROM (
    SELECT min(created_at) AS first FROM issues WHERE created_at >= '1970-01-01'
    UNION ALL
    SELECT min(completed_at) AS first FROM agent_execution_logs WHERE completed_at >= '1970-01-01'
    UNION ALL
    SELECT min(committed_at) AS first FROM commits WHERE committed_at >= '1970-01-01'
) AS moment
WHERE moment.first < %(latest)s;

-- name: id_is_unique
-- True where the source itself makes sure that an id is there once.
SELECT EXISTS (
    SELECT 1
    FROM pg_index AS key
    WHERE
        key.indrelid = to_regclass(%(source_table)s)
        AND key.indisunique
        AND key.indisvalid
        AND key.indpred IS NULL
        AND key.indnkeyatts = 1
        AND key.indkey[0] = (
            SELECT attribute.attnum
            FROM pg_attribute AS attribute
            WHERE attribute.attrelid = key.indrelid AND attribute.attname = 'id'
        )
) AS is_unique;

-- name: loaded_months
-- Months of which any table was loaded on any day, and the one that goes on where the one before it was.
SELECT date_trunc('month', known.day)::date AS bucket
FROM ops.loaded_day AS known
UNION
SELECT date_trunc('month', %(as_of)s AT TIME ZONE %(business_timezone)s)::date
FROM ops.loaded_day AS known
HAVING max(known.day) >= date_trunc('month', %(as_of)s AT TIME ZONE %(business_timezone)s) - interval '1 month'
ORDER BY bucket;

-- name: mark_vanished
-- Asked for by their ids and still not there: the source has deleted them.
INSERT INTO vanished (source_table, id)
SELECT
    %(source_table)s,
    asked.id
FROM unnest(%(ids)s::bigint []) AS asked (id)
WHERE NOT EXISTS (SELECT 1 FROM {raw} AS seen WHERE seen.id = asked.id);

-- name: no_rows
-- The columns of a source query, without running it.
SELECT * FROM (
    /* rows */
) AS described
LIMIT 0;

-- name: note_unique
INSERT INTO unique_by_source (source_table)
VALUES (%(source_table)s);

-- name: nothing_of
SELECT * FROM {table} LIMIT 0;

-- name: open_quarantine_ids
-- Rows in quarantine, whole or with a field, are read again each time, so that a repair in the source is seen.
SELECT DISTINCT split_part(waiting.source_key, '#', 1)::bigint AS id
FROM ops.quarantine AS waiting
WHERE
    waiting.source_table = %(source_table)s
    AND waiting.state = 'open'
    AND waiting.source_key ~ '^-?\d{1,18}(#\d+)?$'
ORDER BY id;

-- name: record_equal_days
-- Each day between a table's first loaded one and today, but for months that were never loaded: a reconciliation found it equal
-- to the source.
INSERT INTO ops.loaded_day (source_table, day, first_loaded_by)
SELECT
    known.source_table,
    listed.day::date,
    %(run_id)s
FROM (
    SELECT
        source_table,
        min(day) AS first_day
    FROM ops.loaded_day
    WHERE source_table = ANY(%(equal)s)
    GROUP BY source_table
) AS known
CROSS JOIN LATERAL generate_series(
    known.first_day::timestamp,
    (%(as_of)s AT TIME ZONE %(business_timezone)s)::date - interval '1 day',
    interval '1 day'
) AS listed (day)
WHERE date_trunc('month', listed.day)::date <> ALL(%(never)s::date [])
ON CONFLICT (source_table, day) DO NOTHING;

-- name: record_extracted
INSERT INTO ops.row_count (run_id, source_table, extracted)
VALUES (%(run_id)s, %(source_table)s, %(extracted)s)
ON CONFLICT (run_id, source_table) DO UPDATE SET
    extracted = excluded.extracted,
    inserted = NULL,
    updated = NULL,
    unchanged = NULL,
    quarantined = NULL,
    quarantined_fields = NULL;

-- name: record_reconciliation
INSERT INTO ops.reconciliation (run_id, source_table, bucket, source_rows, warehouse_rows, is_equal, reread)
VALUES (%(run_id)s, %(source_table)s, %(bucket)s, %(source_rows)s, %(warehouse_rows)s, %(is_equal)s, %(reread)s)
ON CONFLICT (run_id, source_table, bucket) DO UPDATE SET
    source_rows = excluded.source_rows,
    warehouse_rows = excluded.warehouse_rows,
    is_equal = excluded.is_equal,
    reread = excluded.reread;

-- name: referenced_ids
-- Rows of a table that the rows just read refer to and that were not read with them.
SELECT DISTINCT child.{reference} AS id
FROM {raw} AS child
WHERE
    child.{reference} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM {referenced} AS seen WHERE seen.id = child.{reference})
ORDER BY id;

-- name: row_by_row
-- Rows leave one by one through one connection: a second process of the source could only hand them on.
SELECT set_config('max_parallel_workers_per_gather', '0', true);

-- name: snapshot
-- One snapshot for all tables of a run.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; -- noqa: PRS

-- name: source_digest
-- Rows of a source query counted and summed up by business day or month: two equal digests mean equal rows.
-- Rows without a moment, or with one that no calendar holds, are counted at the calendar's beginning.
SELECT
    date_trunc(
        %(unit)s,
        coalesce(counted.event_at, '1970-01-01') AT TIME ZONE %(source_timezone)s AT TIME ZONE %(business_timezone)s
    )::date AS bucket,
    count(*) AS row_count,
    sum(counted.row_hash) AS digest
FROM (
    SELECT
        described.row_hash,
        CASE WHEN described.event_at >= '1970-01-01' AND described.event_at < %(latest)s THEN described.event_at END AS event_at
    FROM (
        /* rows */
    ) AS described
) AS counted
WHERE counted.event_at IS NULL OR counted.event_at < %(until)s::timestamp
GROUP BY 1
ORDER BY 1;

-- name: source_encoding
SELECT current_setting('server_encoding') AS encoding;

-- name: unseen_ids
-- Rows that the warehouse holds inside a window just read, and that reading it did not bring: changed or vanished. Those
-- without the moment that they are counted by lie in the window in which they are counted.
SELECT DISTINCT known.id
FROM (
    SELECT held.id
    FROM extract_window AS read
    CROSS JOIN LATERAL ops.ids_in_window(%(staged)s::regclass, read.start_at, read.end_at) AS held (id)
    WHERE read.source_table = %(source_table)s
    UNION ALL
    SELECT undated.id
    FROM {staged} AS undated
    WHERE undated.{moment} IS NULL AND %(uncounted)s
) AS known
WHERE NOT EXISTS (SELECT 1 FROM {raw} AS seen WHERE seen.id = known.id)
ORDER BY known.id;

-- name: unstaged_tables
-- Tables that are to have a persistent staging table and have none.
SELECT wanted.name AS table_name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass('staging.' || quote_ident(wanted.name)) IS NULL
ORDER BY wanted.name;
