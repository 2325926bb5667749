-- name: add_months
-- Makes the partitions that a computed batch needs.
WITH month AS MATERIALIZED (
    -- Listed first: asked of every row, the catalogue would be searched a million times.
    SELECT DISTINCT batch.time_key / 100 AS month_key
    FROM {batch} AS batch
)

SELECT count(*) FILTER (WHERE ops.add_month(%(fact)s::regclass, month.month_key)) AS made
FROM month
WHERE
    ops.partition_of(%(fact)s::regclass, month.month_key) IS NULL
    AND month.month_key <> ALL((SELECT ops.frozen_months(%(fact)s::regclass))::integer []);

-- name: all_rows
SELECT * FROM {table};

-- name: and_moments
-- The same with the first and last moment of a column.
SELECT unnest(ARRAY[min({moment}), max({moment})]) FROM {staged}
UNION ALL
/* rows */;

-- name: calendar_bounds
-- First and last business day that a fact of this batch can fall on.
SELECT
    (min(moment.at) AT TIME ZONE %(business_timezone)s)::date AS first_day,
    (max(moment.at) AT TIME ZONE %(business_timezone)s)::date AS last_day
FROM (
    /* rows */
) AS moment (at);

-- name: days_to_replace
-- Months that a recovery wants made again, as far as this run has read all their days.
SELECT
    wanted.fact_table,
    wanted.month_key,
    to_date(wanted.first_key::text, 'YYYYMMDD')::timestamp AT TIME ZONE %(business_timezone)s AS starts_at,
    (to_date(wanted.last_key::text, 'YYYYMMDD') + 1)::timestamp AT TIME ZONE %(business_timezone)s AS ends_at
FROM ops.recovering_month AS wanted
WHERE
    wanted.replaced_at IS NULL
    AND wanted.fact_table = ANY(%(targets)s::text [])
    AND to_date(wanted.first_key::text, 'YYYYMMDD')::timestamp AT TIME ZONE %(business_timezone)s >= %(interval_start)s
    AND (to_date(wanted.last_key::text, 'YYYYMMDD') + 1)::timestamp AT TIME ZONE %(business_timezone)s <= %(interval_end)s
ORDER BY wanted.fact_table, wanted.month_key;

-- name: forget_issues
-- They count as changed when they are read again.
UPDATE staging.issues AS issue
SET row_hash = 0
WHERE issue.id IN (SELECT restated.issue_id FROM restated_issue AS restated);

-- name: forget_rows
-- A row whose hash is not that of the source counts as changed when it is read again, and its issue's facts are restated.
UPDATE {table}
SET row_hash = 0
WHERE id IN (SELECT ops.ids_in_window(%(relation)s::regclass, %(starts_at)s, %(ends_at)s));

-- name: issues_to_restate
CREATE TABLE restated_issue (issue_id bigint);

-- name: lock_targets
-- In one order for everybody, so that two loads wait for each other instead of blocking each other.
SELECT ops.lock_target(target.name)
FROM unnest(%(targets)s::text []) AS target (name)
ORDER BY target.name;

-- name: mark_dirty_deployments
-- A lead time belongs to the month of its deployment.
SELECT ops.mark_dirty('fact_code_change', array_agg(DISTINCT month.key)) AS marked
FROM (
    SELECT unnest(ARRAY[old_deployed_time_key / 100, new_deployed_time_key / 100]) FROM change_fact_code_change
) AS month (key);

-- name: merge_fact_code_change
SELECT merged.*
FROM ops.merge_rows(
    'new_fact_code_change', 'fact_code_change', ARRAY['commit_sha'],
    't.commit_sha IN (SELECT commit_sha FROM touched_sha)', %(run_number)s, 'change_fact_code_change',
    ARRAY['deployed_time_key']
) AS merged;

-- name: merge_fact_code_generation
SELECT merged.*
FROM ops.merge_rows(
    'new_fact_code_generation', 'fact_code_generation', ARRAY['code_generation_id'],
    't.code_generation_id IN (SELECT id FROM touched_code_gen_task)', %(run_number)s, 'change_fact_code_generation'
) AS merged;

-- name: merge_fact_deployment
SELECT merged.*
FROM ops.merge_rows(
    'new_fact_deployment', 'fact_deployment', ARRAY['deployment_id', 'end_number'],
    't.deployment_id IN (SELECT id FROM touched_deployment)', %(run_number)s, 'change_fact_deployment'
) AS merged;

-- name: merge_fact_issue_processing
SELECT merged.*
FROM ops.merge_rows(
    'new_fact_issue_processing', 'fact_issue_processing', ARRAY['issue_id', 'time_key'],
    't.issue_id IN (SELECT issue_id FROM touched_issue)', %(run_number)s, 'change_fact_issue_processing'
) AS merged;

-- name: merge_staging
-- The last known version of each row. Rows that vanished from the source, or are no longer fit, leave it.
SELECT merged.*
FROM ops.merge_rows(
    %(staged)s::regclass,
    %(staging)s::regclass,
    ARRAY['id'],
    format(
        't.id IN (SELECT id FROM %%s UNION SELECT id FROM vanished WHERE source_table = %%L
        UNION SELECT source_key::bigint FROM rejected WHERE source_table = %%L AND source_key ~ ''^-?\d{1,18}$'')',
        %(staged)s, %(source_table)s, %(source_table)s
    ),
    %(run_number)s,
    %(changes)s,
    %(tracked)s::text []
) AS merged;

-- name: find_issues_to_restate
-- Issues of which something happened in the window, or to which a row of it belongs.
INSERT INTO restated_issue (issue_id)
SELECT DISTINCT happened.issue_id
FROM (
    SELECT ops.ids_in_window('staging.issues'::regclass, %(starts_at)s, %(ends_at)s) AS issue_id
    UNION ALL
    SELECT task.issue_id FROM staging.code_gen_tasks AS task WHERE task.row_hash = 0
    UNION ALL
    SELECT written.issue_id FROM staging.review_results AS written WHERE written.row_hash = 0
    UNION ALL
    SELECT pipeline.issue_id FROM staging.deployment_pipelines AS pipeline WHERE pipeline.row_hash = 0
    UNION ALL
    SELECT change.issue_id FROM staging.commits AS change WHERE change.row_hash = 0
    UNION ALL
    SELECT worked.issue_id FROM fact_agent_execution AS worked WHERE worked.time_key / 100 = %(month_key)s
    UNION ALL
    SELECT replaced.issue_id FROM {fact} AS replaced WHERE replaced.time_key / 100 = %(month_key)s
) AS happened
WHERE happened.issue_id IS NOT NULL;

-- name: missing_tables
SELECT wanted.name AS table_name
FROM unnest(%(tables)s::text []) AS wanted (name)
WHERE to_regclass(quote_ident(%(schema)s) || '.stg_' || wanted.name) IS NULL;

-- name: months_days
-- The first and last day of months (yyyymm).
SELECT
    unnest(ARRAY[
        to_date(min(month.key)::text, 'YYYYMM')::timestamp AT TIME ZONE %(business_timezone)s,
        (to_date(max(month.key)::text, 'YYYYMM') + interval '1 month - 1 day') AT TIME ZONE %(business_timezone)s
    ])
FROM unnest(%(months)s::integer []) AS month (key);

-- name: prepare_session
-- Only this transaction's; joins of a batch of a million rows then stay in memory.
SELECT
    -- Source tables that the pipeline does not read are found empty at the end of the path.
    set_config('search_path', current_setting('search_path') || ', unread', true),
    set_config('work_mem', '128MB', true),
    set_config('maintenance_work_mem', '256MB', true),
    -- New partitions are flushed as files; to log them first takes longer.
    set_config('wal_skip_threshold', '64kB', true),
    -- It is idle while others write its months.
    set_config('idle_in_transaction_session_timeout', '0', true),
    -- A tenth of the usual sample is picture enough of a batch; what is kept for good is analyzed again by maintenance.
    set_config('default_statistics_target', '20', true);

-- name: prepare_writer
-- The load waits for those that write its months: one that waited for a lock of the load's would do so forever.
SELECT set_config('lock_timeout', '5min', false);

-- name: record_days
-- Business days that this batch read to their end, as far as they are over. Of the large table only days that differed are
-- read again; comparing the other days of the look-back has shown them loaded. Before February 1970 lie rows without a day.
WITH covered AS (
    SELECT
        part.source_table,
        range_agg(
            tstzrange(
                part.start_at - CASE WHEN part.reason = 'interval' THEN %(lookback_days)s ELSE 0 END * interval '1 day',
                least(part.end_at, %(as_of)s)
            )
        ) AS stretch
    FROM extract_window AS part
    WHERE part.start_at < %(as_of)s
    GROUP BY part.source_table
)

INSERT INTO ops.loaded_day (source_table, day, first_loaded_by)
SELECT
    covered.source_table,
    midnight.at::date,
    %(run_id)s
FROM covered
CROSS JOIN LATERAL generate_series(
    date_trunc('day', lower(covered.stretch) AT TIME ZONE %(business_timezone)s),
    upper(covered.stretch) AT TIME ZONE %(business_timezone)s,
    interval '1 day'
) AS midnight (at)
WHERE
    midnight.at >= '1970-02-01'
    AND covered.stretch @> tstzrange(
        midnight.at AT TIME ZONE %(business_timezone)s,
        (midnight.at + interval '1 day') AT TIME ZONE %(business_timezone)s
    )
ON CONFLICT (source_table, day) DO NOTHING;

-- name: record_facts
INSERT INTO ops.fact_count (run_id, target_table, inserted, updated, unchanged, deleted)
SELECT
    %(run_id)s,
    counted.target_table,
    counted.inserted,
    counted.updated,
    counted.unchanged,
    counted.deleted
FROM unnest(
    %(targets)s::text [], %(inserted)s::bigint [], %(updated)s::bigint [], %(unchanged)s::bigint [], %(deleted)s::bigint []
) AS counted (target_table, inserted, updated, unchanged, deleted)
ON CONFLICT (run_id, target_table) DO UPDATE SET
    inserted = excluded.inserted,
    updated = excluded.updated,
    unchanged = excluded.unchanged,
    deleted = excluded.deleted;

-- name: record_rows
-- extracted = inserted + updated + unchanged + quarantined; the registry refuses any other sum.
UPDATE ops.row_count
SET
    inserted = %(inserted)s,
    updated = %(updated)s,
    unchanged = %(unchanged)s,
    quarantined = (SELECT count(*) FROM rejected WHERE rejected.source_table = %(source_table)s),
    quarantined_fields = (SELECT count(*) FROM rejected_field WHERE rejected_field.source_table = %(source_table)s)
WHERE run_id = %(run_id)s AND source_table = %(source_table)s;

-- name: touch_issues
INSERT INTO touched_issue (issue_id)
SELECT DISTINCT touched.issue_id
FROM unnest(%(issue_ids)s::bigint []) AS touched (issue_id)
WHERE touched.issue_id IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: waiting_tables
-- Source tables of which something waits in quarantine.
SELECT DISTINCT waiting.source_table
FROM ops.quarantine AS waiting
WHERE waiting.state IN ('open', 'discarded') AND waiting.source_table = ANY(%(tables)s)
ORDER BY waiting.source_table;

-- name: replace_days
SELECT ops.replace_days(%(fact)s::regclass, %(month_key)s) AS removed;

-- name: touch_restated
WITH touched AS (
    INSERT INTO touched_issue (issue_id)
    SELECT DISTINCT restated.issue_id
    FROM restated_issue AS restated
    ON CONFLICT DO NOTHING
    RETURNING 1
)

SELECT count(*) AS issues FROM touched;
