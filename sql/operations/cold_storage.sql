-- name: add_month
SELECT ops.add_month(%(fact)s::regclass, %(month_key)s) AS was_made;

-- name: begin_join
-- A reader's session may make temporary tables, though its transactions read only unless they say so first.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; -- noqa: PRS
SET TRANSACTION READ WRITE; -- noqa: PRS
SET LOCAL search_path = public;

-- name: begin_reading
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; -- noqa: PRS

-- name: begin_copy
INSERT INTO ops.archived_month AS known (fact_table, month_key, state, path)
VALUES (%(fact)s, %(month_key)s, 'copying', %(path)s)
ON CONFLICT (fact_table, month_key) DO UPDATE
    SET state = 'copying', path = excluded.path, archived_at = clock_timestamp(), restored_at = NULL;

-- name: can_join
SELECT has_database_privilege(current_database(), 'TEMPORARY') AND NOT pg_is_in_recovery() AS can_join;

-- name: close_lake
-- Said to DuckDB, when its session has its tables.
SET allowed_paths = [/* paths */]; -- noqa: PRS
SET TimeZone = 'UTC';
SET enable_external_access = false;
SET lock_configuration = true;

-- name: columns
-- A fact's columns in order, each with its type.
SELECT
    attribute.attname AS name,
    format_type(attribute.atttypid, NULL) AS type
FROM pg_attribute AS attribute
WHERE attribute.attrelid = %(fact)s::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum;

-- name: content_of_columns
-- Count and checksum of all rows, in any order, as far as these columns go.
SELECT
    count(*) AS rows,
    coalesce(sum(hashtextextended(kept::text, 0)), 0)::text AS checksum
FROM (
    SELECT /* columns */
    FROM {table}
) AS kept;

-- name: copy_in
-- A file of an older version lacks the columns that the fact has gained since.
COPY {table} (/* columns */) FROM STDIN (FORMAT csv, HEADER true); -- noqa: PRS

-- name: copy_columns
COPY (SELECT /* columns */ FROM {table}) TO STDOUT (FORMAT csv, HEADER true); -- noqa: PRS

-- name: copy_out
-- As text every digit of a numeric is kept. The order of the columns is that of the table.
COPY (SELECT /* columns */ FROM {table} ORDER BY time_key) TO STDOUT (FORMAT csv, HEADER true); -- noqa: PRS

-- name: detach
ALTER TABLE {fact} DETACH PARTITION {partition};

-- name: drop_month
DROP TABLE {partition};

-- name: end_archive
UPDATE ops.archived_month
SET state = 'archived', archived_at = clock_timestamp()
WHERE fact_table = %(fact)s AND month_key = %(month_key)s;

-- name: end_copy
UPDATE ops.archived_month
SET
    state = 'copied',
    row_count = %(row_count)s,
    content_checksum = %(checksum)s,
    file_sha256 = %(sha256)s,
    size_bytes = %(size_bytes)s,
    first_day = %(first_day)s,
    last_day = %(last_day)s,
    file_format = %(format)s
WHERE fact_table = %(fact)s AND month_key = %(month_key)s;

-- name: end_join
SET TRANSACTION READ ONLY; -- noqa: PRS

-- name: end_restore
UPDATE ops.archived_month
SET state = 'restored', restored_at = clock_timestamp()
WHERE fact_table = %(fact)s AND month_key = %(month_key)s;

-- name: join_fact
-- The fact's own name, for this session.
CREATE TEMPORARY VIEW {fact} AS
SELECT * FROM public.{fact}
UNION ALL
SELECT * FROM pg_temp.{cold};
ANALYZE {cold};

-- name: join_table
CREATE TEMPORARY TABLE {cold} (LIKE public.{fact});

-- name: join_view
CREATE TEMPORARY VIEW {view} AS /* query */; -- noqa: PRS

-- name: keep_months
-- As long as the transaction lasts no month leaves the fact; taken before its first query, so that it sees what then is.
LOCK TABLE public.{fact} IN ACCESS SHARE MODE; -- noqa: PRS

-- name: keep_starts
-- Cycle time needs an issue's first execution after the month has left.
INSERT INTO staging.archived_issue_start AS kept (issue_id, first_started_at)
SELECT
    fact.issue_id,
    min(fact.started_at)
FROM {partition} AS fact
WHERE fact.issue_id IS NOT NULL AND fact.started_at IS NOT NULL
GROUP BY fact.issue_id
ON CONFLICT (issue_id) DO UPDATE
    SET first_started_at = least(kept.first_started_at, excluded.first_started_at);

-- name: list
SELECT
    fact_table,
    month_key,
    state,
    row_count,
    archived_at,
    restored_at,
    path
FROM ops.archived_month
ORDER BY fact_table, month_key;

-- name: patience
-- A reader of the fact is waited for, but not for ever: meanwhile every new reader would wait as well.
SELECT set_config('lock_timeout', '30s', true) AS patience;

-- name: months
-- Months of each fact that have a partition here, older than the first month to be kept. An issue's day leaves before the
-- executions that it is made of: where these have left and it has no record, it had no rows.
SELECT
    fact.relname AS fact,
    right(part.relname, 6)::integer AS month_key,
    known.state
FROM pg_class AS fact
INNER JOIN pg_inherits AS link ON fact.oid = link.inhparent
INNER JOIN pg_class AS part ON link.inhrelid = part.oid
LEFT JOIN ops.archived_month AS known
    ON known.fact_table = fact.relname AND known.month_key = right(part.relname, 6)::integer
WHERE
    fact.relkind = 'p'
    AND fact.relnamespace = 'public'::regnamespace
    AND right(part.relname, 6)::integer < %(first_kept)s
ORDER BY 2, fact.relname <> 'fact_issue_processing', 1;

-- name: move_file
UPDATE ops.archived_month
SET
    path = %(path)s,
    file_sha256 = %(sha256)s,
    size_bytes = %(size_bytes)s,
    first_day = %(first_day)s,
    last_day = %(last_day)s,
    file_format = %(format)s
WHERE fact_table = %(fact)s AND month_key = %(month_key)s AND file_sha256 = %(former_sha256)s;

-- name: one
SELECT
    state,
    path,
    row_count,
    content_checksum,
    file_sha256
FROM ops.archived_month
WHERE fact_table = %(fact)s AND month_key = %(month_key)s;

-- name: partition
SELECT ops.partition_of(%(fact)s::regclass, %(month_key)s)::text AS name;

-- name: recorded
-- Files that were verified and stand for a month, alone or beside its rows. A backup is made before a schema is migrated,
-- so that columns of later schemas are asked for by name only where they are there.
SELECT
    fact_table,
    month_key,
    path AS place,
    file_sha256,
    state = 'archived' AS is_only_copy,
    row_count,
    content_checksum,
    (later ->> 'size_bytes')::bigint AS size_bytes,
    (later ->> 'first_day')::date AS first_day,
    (later ->> 'last_day')::date AS last_day,
    (later ->> 'file_format')::integer AS format
FROM ops.archived_month AS kept
CROSS JOIN LATERAL to_jsonb(kept) AS later
WHERE state IN ('copied', 'archived', 'restored') AND file_sha256 IS NOT NULL
ORDER BY fact_table, month_key;

-- name: relations
-- What a query over the lake can name.
SELECT
    relname AS name,
    relkind = 'p' AS is_fact
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition;

-- name: scratch_table
CREATE TEMPORARY TABLE archived_copy (LIKE {fact}) ON COMMIT DROP;

-- name: unpublished
-- Marts that still compute the month from the fact, or have yet to restate it.
SELECT source.mart
FROM ops.mart_source AS source
INNER JOIN ops.mart_state AS state ON source.mart = state.mart
WHERE
    source.subject = %(fact)s
    AND (
        state.open_from <= %(month_key)s
        OR EXISTS (
            SELECT 1 FROM ops.dirty_month AS mark
            WHERE mark.month_key = %(month_key)s AND mark.subject IN (source.mart, source.subject)
        )
    )
ORDER BY source.mart;

-- name: views_over
-- Public views over facts, directly or over others, each after those that it is made of. Their definitions name without a
-- schema what the search path finds, so that a name can be given another meaning.
WITH RECURSIVE above (fact, view, depth) AS (
    SELECT
        fact.relname,
        fact.oid,
        0
    FROM pg_class AS fact
    WHERE fact.relnamespace = 'public'::regnamespace AND fact.relname = ANY(%(facts)s::text [])
    UNION
    SELECT
        above.fact,
        view.oid,
        above.depth + 1
    FROM above
    INNER JOIN pg_depend AS used
        ON above.view = used.refobjid AND used.refclassid = 'pg_class'::regclass AND used.classid = 'pg_rewrite'::regclass
    INNER JOIN pg_rewrite AS rule ON used.objid = rule.oid
    INNER JOIN pg_class AS view ON rule.ev_class = view.oid
    WHERE view.oid <> above.view AND view.relkind = 'v' AND view.relnamespace = 'public'::regnamespace
)

SELECT
    above.fact,
    view.relname AS name,
    pg_get_viewdef(view.oid) AS definition
FROM above
INNER JOIN pg_class AS view ON above.view = view.oid
WHERE above.depth > 0
GROUP BY above.fact, view.relname, view.oid
ORDER BY max(above.depth), view.relname;
