-- name: batch
-- How many rows were extracted of a table, whether the source itself makes sure that each of their ids is there once, and
-- whether some have text that nobody can decode.
SELECT
    counted.extracted,
    EXISTS (SELECT 1 FROM undecodable AS noted WHERE noted.source_table = counted.source_table) AS has_undecodable,
    EXISTS (SELECT 1 FROM unique_by_source AS kept WHERE kept.source_table = counted.source_table) AS is_unique
FROM ops.row_count AS counted
WHERE counted.run_id = %(run_id)s AND counted.source_table = %(source_table)s;

-- name: counts
-- How many rows of each table were extracted and how many of them cannot be loaded.
SELECT
    counted.source_table,
    counted.extracted,
    counted.extracted - count(aside.source_key) AS conformed,
    count(aside.source_key) AS quarantined
FROM ops.row_count AS counted
LEFT JOIN rejected AS aside ON counted.source_table = aside.source_table
WHERE counted.run_id = %(run_id)s AND counted.source_table = ANY(%(tables)s)
GROUP BY counted.source_table, counted.extracted
ORDER BY counted.source_table;

-- name: make_table
-- The batch becomes a table unless it is one: rows are about to be taken out of it, or are few.
SELECT ops.make_batch_table('stg_' || %(source_table)s);

-- name: missing_tables
SELECT wanted.name AS table_name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass('raw_' || wanted.name) IS NULL;

-- name: prepare_session
-- A tenth of the usual sample is picture enough of a batch.
SELECT set_config('default_statistics_target', '20', true);

-- name: reject
-- Rows that cannot be loaded as they are, each whole and with its reason.
INSERT INTO rejected (source_table, source_key, content, reason, check_id, row_hash, event_at)
SELECT
    %(source_table)s,
    coalesce(judged.id::text, 'no id, row ' || judged.row_hash),
    to_jsonb(judged) - 'problem' - 'row_hash' - 'event_at',
    judged.problem[2],
    %(source_table)s || '.' || judged.problem[1],
    judged.row_hash,
    ops.sound_moment(judged.event_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s
FROM {judged} AS judged
WHERE judged.problem IS NOT NULL;

-- name: reject_moments
-- A moment that no calendar holds, in a row that does not depend on it.
SELECT ops.reject_moments(
    quote_ident(%(judged)s)::regclass, %(source_table)s, %(moments)s, %(latest_moment)s, %(source_timezone)s
);

-- name: reject_undecodable
-- Whatever else is wrong with such a row follows from its text, or waits until that is repaired.
WITH bad AS (
    SELECT
        raw.id,
        raw.row_hash,
        to_jsonb(raw) - 'row_hash' - 'event_at' AS content,
        undecodable.reason,
        ops.sound_moment(raw.event_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS event_at
    FROM {raw} AS raw
    INNER JOIN undecodable ON raw.id = undecodable.id AND raw.row_hash = undecodable.row_hash
    WHERE undecodable.source_table = %(source_table)s
),

taken AS (
    DELETE FROM {staged} AS staged
    USING bad
    WHERE staged.id = bad.id AND staged.row_hash = bad.row_hash
),

judged AS (
    DELETE FROM rejected AS aside
    USING bad
    WHERE aside.source_table = %(source_table)s AND aside.source_key = bad.id::text AND aside.row_hash = bad.row_hash
),

emptied AS (
    DELETE FROM rejected_field AS aside
    USING bad
    WHERE aside.source_table = %(source_table)s AND aside.source_key = bad.id::text AND aside.row_hash = bad.row_hash
)

INSERT INTO rejected (source_table, source_key, content, reason, check_id, row_hash, event_at)
SELECT
    %(source_table)s,
    bad.id::text,
    bad.content,
    bad.reason,
    %(source_table)s || '.undecodable-text',
    bad.row_hash,
    bad.event_at
FROM bad;

-- name: start_over
-- An earlier attempt's results go, so that the stage can be run again.
DROP VIEW IF EXISTS {judged} CASCADE;
DROP TABLE IF EXISTS {staged} CASCADE;
DELETE FROM rejected
WHERE source_table = %(source_table)s;
DELETE FROM rejected_field
WHERE source_table = %(source_table)s;
