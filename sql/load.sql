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

-- name: bridge_issue_label
-- Each spell of each label, with the label's key.
CREATE UNLOGGED TABLE new_bridge_issue_label AS
SELECT
    staged.id AS label_history_id,
    staged.issue_id,
    coalesce(label.label_key, -1) AS label_key,
    staged.source_label_name,
    staged.applied_at,
    staged.removed_at
FROM staging.label_history AS staged
INNER JOIN change_label_history AS changed ON staged.id = changed.id
LEFT JOIN dim_label AS label ON staged.label_name = label.label_name;
ANALYZE new_bridge_issue_label (label_history_id);
SELECT merged.*
FROM ops.merge_rows(
    'new_bridge_issue_label', 'bridge_issue_label', ARRAY['label_history_id'],
    't.label_history_id IN (SELECT id FROM change_label_history)', %(run_number)s, 'change_bridge_issue_label'
) AS merged;

-- name: dim_agent
-- Agents that the log names and no catalogue knows.
WITH inferred AS (
    INSERT INTO dim_agent (agent_id, agent_name, agent_type, agent_category, ai_model, ai_provider, is_inferred)
    SELECT DISTINCT ON (spelt.agent_id)
        spelt.agent_id,
        coalesce(spelt.agent_name, spelt.agent_id),
        spelt.agent_type,
        spelt.agent_category,
        spelt.llm_model,
        spelt.llm_provider,
        true
    FROM agent_spelling AS spelt
    WHERE
        EXISTS (SELECT 1 FROM stg_agent_execution_logs AS execution WHERE execution.agent_id = spelt.agent_id)
        AND NOT EXISTS (SELECT 1 FROM dim_agent AS known WHERE known.agent_id = spelt.agent_id)
    ORDER BY spelt.agent_id, spelt.source_agent_id
    RETURNING agent_key
)

SELECT
    count(*) AS inserted,
    0 AS updated,
    0 AS unchanged,
    0 AS deleted
FROM inferred;

-- name: dim_issue_versions
-- A first version holds since ever: a commit may have been made before its issue was filed.
CREATE TABLE new_version (issue_id bigint, issue_key bigint, from_key integer);
WITH added AS (
    INSERT INTO dim_issue (
        issue_id, issue_number, title, description, priority, complexity, issue_type, category, repository, created_by, labels,
        state, source_created_at, source_updated_at, source_closed_at, effective_date, version, is_inferred
    )
    SELECT
        wanted.issue_id,
        wanted.issue_number,
        wanted.title,
        wanted.description,
        wanted.priority,
        wanted.complexity,
        wanted.issue_type,
        wanted.category,
        wanted.repository,
        wanted.created_by,
        wanted.labels,
        wanted.state,
        wanted.source_created_at,
        wanted.source_updated_at,
        wanted.source_closed_at,
        CASE WHEN wanted.action = 'open' THEN '1900-01-01 00:00:00+00' ELSE wanted.changed_at END,
        coalesce(wanted.held_version, 0) + 1,
        wanted.is_inferred
    FROM wanted_issue AS wanted
    WHERE wanted.action IN ('open', 'succeed')
    RETURNING issue_id, issue_key, effective_date, version
)

INSERT INTO new_version (issue_id, issue_key, from_key)
SELECT
    added.issue_id,
    added.issue_key,
    ops.day_key(added.effective_date, %(business_timezone)s)
FROM added
WHERE added.version > 1;
ANALYZE new_version;

-- name: dim_label
-- Labels that issues bear and the catalogue does not know.
WITH inferred AS (
    INSERT INTO dim_label (label_name, label_category, is_inferred)
    SELECT DISTINCT
        staged.label_name,
        'Custom',
        true
    FROM staging.label_history AS staged
    INNER JOIN change_label_history AS changed ON staged.id = changed.id
    WHERE
        staged.label_name IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM dim_label AS known WHERE known.label_name = staged.label_name)
    RETURNING label_key
)

SELECT
    count(*) AS inserted,
    0 AS updated,
    0 AS unchanged,
    0 AS deleted
FROM inferred;

-- name: issue_version
-- Which version of an issue holds on a day: the one in force at the day's end, so from the day it begins until before the day
-- it ends. Days are reckoned once a version here, not once a row in each join.
DROP VIEW IF EXISTS remaining_fact_agent_execution, new_fact_agent_execution;
DROP TABLE IF EXISTS issue_version;
CREATE TABLE issue_version AS
SELECT
    version.issue_id,
    version.issue_key,
    ops.day_key(version.effective_date, %(business_timezone)s) AS from_key,
    coalesce(ops.day_key(version.expiration_date, %(business_timezone)s), 99999999) AS until_key,
    date_trunc('day', version.effective_date, %(business_timezone)s) AS from_at,
    coalesce(date_trunc('day', version.expiration_date, %(business_timezone)s), 'infinity') AS until_at
FROM dim_issue AS version
INNER JOIN (
    SELECT issue_id FROM touched_issue
    UNION
    -- All that executions name: read with them, or asked for in vain.
    SELECT id FROM raw_issues
    UNION
    SELECT id FROM vanished WHERE source_table = 'issues'
) AS needed (issue_id) ON version.issue_id = needed.issue_id;
ANALYZE issue_version;

-- name: mark_dirty_issues
-- A version that was corrected in place, or an issue that was deleted, changes what the marts say of its facts, though no fact
-- was written; and the months in which a touched issue was filed or closed count it, fact or no fact (subject dim_issue).
WITH corrected AS MATERIALIZED (
    SELECT wanted.issue_id
    FROM wanted_issue AS wanted
    WHERE wanted.action = 'correct' OR (wanted.action = 'succeed' AND wanted.state = 'deleted')
)

SELECT
    ops.mark_dirty('fact_issue_processing', (
        SELECT array_agg(DISTINCT fact.time_key / 100)
        FROM new_fact_issue_processing AS fact
        WHERE fact.issue_id IN (SELECT corrected.issue_id FROM corrected)
    )) AS issues_marked,
    ops.mark_dirty('fact_deployment', (
        SELECT array_agg(DISTINCT fact.time_key / 100)
        FROM new_fact_deployment AS fact
        WHERE fact.issue_id IN (SELECT corrected.issue_id FROM corrected)
    )) AS deployments_marked,
    ops.mark_dirty('fact_code_change', (
        SELECT array_agg(DISTINCT month.key)
        FROM new_fact_code_change AS fact
        CROSS JOIN LATERAL unnest(ARRAY[fact.time_key / 100, fact.deployed_time_key / 100]) AS month (key)
        WHERE fact.issue_id IN (SELECT corrected.issue_id FROM corrected)
    )) AS changes_marked,
    ops.mark_dirty('dim_issue', (
        SELECT array_agg(DISTINCT ops.day_key(moment.at, %(business_timezone)s) / 100)
        FROM change_issues AS changed
        CROSS JOIN LATERAL unnest(
            ARRAY[changed.old_created_at, changed.new_created_at, changed.old_closed_at, changed.new_closed_at]
        ) AS moment (at)
        WHERE moment.at IS NOT NULL
    )) AS filings_marked;

-- name: release_quarantine
-- Entries whose row or field is loaded now, or is no longer in the source. What was quarantined again just now stays.
WITH entry AS MATERIALIZED (
    SELECT
        waiting.quarantine_id,
        waiting.source_key,
        waiting.field,
        split_part(waiting.source_key, '#', 1)::bigint AS id
    FROM ops.quarantine AS waiting
    WHERE
        waiting.source_table = %(source_table)s
        AND waiting.state IN ('open', 'discarded')
        AND CASE WHEN waiting.source_key ~ '^-?\d{1,18}(#\d+)?$' THEN true ELSE false END
        AND NOT EXISTS (
            SELECT 1
            FROM rejected AS aside
            WHERE aside.source_table = %(source_table)s AND aside.source_key = waiting.source_key AND waiting.field IS NULL
        )
        AND NOT EXISTS (
            SELECT 1
            FROM rejected_field AS aside
            WHERE
                aside.source_table = %(source_table)s
                AND aside.source_key = waiting.source_key
                AND aside.field = waiting.field
        )
),

resolved AS (
    SELECT
        entry.quarantine_id,
        CASE WHEN staged.id IS NOT NULL AND entry.source_key = entry.id::text THEN 'loaded' ELSE 'vanished' END AS state
    FROM entry
    LEFT JOIN {staged} AS staged ON entry.id = staged.id
    LEFT JOIN vanished AS gone ON entry.id = gone.id AND gone.source_table = %(source_table)s
    WHERE staged.id IS NOT NULL OR gone.id IS NOT NULL
)

UPDATE ops.quarantine AS known
SET state = resolved.state, resolved_at = clock_timestamp(), resolved_by = %(run_id)s
FROM resolved
WHERE known.quarantine_id = resolved.quarantine_id;

-- name: restate_versions
-- A version that begins in the past takes over the executions of its days.
WITH first_day AS MATERIALIZED (
    SELECT min(opened.from_key) AS time_key
    FROM new_version AS opened
),

restated AS (
    UPDATE fact_agent_execution AS fact
    SET issue_key = opened.issue_key, run_number = %(run_number)s
    FROM new_version AS opened
    WHERE
        fact.issue_id = opened.issue_id
        AND fact.time_key >= opened.from_key
        AND fact.time_key >= (SELECT first_day.time_key FROM first_day)
        AND fact.issue_key <> opened.issue_key
    RETURNING fact.time_key
)

SELECT
    count(*) AS restated,
    ops.mark_dirty('fact_agent_execution', array_agg(DISTINCT restated.time_key / 100)) AS marked
FROM restated;

-- name: start_over
-- What an earlier load of the same batch has left. What a load does not make is found empty in the schema unread, as are the
-- source tables that its pipeline does not read.
DROP VIEW IF EXISTS remaining_fact_agent_execution, new_fact_agent_execution;
DROP TABLE IF EXISTS
    restated_issue,
    touched_issue,
    wanted_issue,
    new_version,
    new_bridge_issue_label,
    execution_agent,
    day_price,
    touched_code_gen_task,
    touched_deployment,
    touched_sha,
    new_fact_code_generation,
    new_fact_deployment,
    new_fact_code_change,
    new_fact_issue_processing,
    gone_pull_request,
    new_fact_pull_request,
    seen_commit,
    touched_change,
    judged_commit,
    judged_change,
    new_change_evidence,
    new_agent_means,
    restated_change,
    evident_commit,
    new_fact_change,
    new_bridge_change_commit;

-- name: dim_issue
-- Issues and their versions: half-open intervals that neither overlap nor leave a hole.
WITH corrected AS (
    UPDATE dim_issue AS held
    SET
        issue_number = wanted.issue_number,
        title = wanted.title,
        description = wanted.description,
        priority = wanted.priority,
        complexity = wanted.complexity,
        issue_type = wanted.issue_type,
        category = wanted.category,
        repository = wanted.repository,
        created_by = wanted.created_by,
        labels = wanted.labels,
        state = wanted.state,
        source_created_at = wanted.source_created_at,
        source_updated_at = wanted.source_updated_at,
        source_closed_at = wanted.source_closed_at,
        is_inferred = wanted.is_inferred,
        record_updated_at = now()
    FROM wanted_issue AS wanted
    WHERE held.issue_key = wanted.held_key AND wanted.action = 'correct'
    RETURNING held.issue_key
),

ended AS (
    UPDATE dim_issue AS held
    SET
        expiration_date = wanted.changed_at,
        is_current = false,
        record_updated_at = now()
    FROM wanted_issue AS wanted
    WHERE held.issue_key = wanted.held_key AND wanted.action = 'succeed'
    RETURNING held.issue_key
)

SELECT
    (SELECT count(*) FROM corrected) + (SELECT count(*) FROM ended) AS updated,
    (SELECT count(*) FROM wanted_issue WHERE wanted_issue.action IN ('open', 'succeed')) AS inserted,
    (SELECT count(*) FROM wanted_issue WHERE wanted_issue.action = 'keep') AS unchanged,
    0 AS deleted;

-- name: quarantine_rejected
-- Rejected rows, and fields of loaded ones, wait in quarantine. Seen again they are not entered again, and what was discarded stays discarded for as
-- long as the row is the same.
INSERT INTO ops.quarantine AS known (
    run_id, source_table, source_key, field, content, reason, check_id, row_hash, event_at, last_seen_run_id
)
SELECT DISTINCT ON (aside.source_table, aside.source_key, aside.field)
    %(run_id)s,
    aside.source_table,
    aside.source_key,
    aside.field,
    aside.content,
    aside.reason,
    aside.check_id,
    aside.row_hash,
    aside.event_at,
    %(run_id)s
FROM (
    SELECT
        source_table,
        source_key,
        NULL AS field,
        content,
        reason,
        check_id,
        row_hash,
        event_at
    FROM rejected
    UNION ALL
    SELECT
        source_table,
        source_key,
        field,
        content,
        reason,
        check_id,
        row_hash,
        event_at
    FROM rejected_field
) AS aside
WHERE
    NOT EXISTS (
        SELECT 1
        FROM ops.quarantine AS discarded
        WHERE
            discarded.state = 'discarded'
            AND discarded.source_table = aside.source_table
            AND discarded.source_key = aside.source_key
            AND discarded.field IS NOT DISTINCT FROM aside.field
            AND CASE
                WHEN aside.field IS NULL THEN discarded.row_hash IS NOT DISTINCT FROM aside.row_hash
                ELSE discarded.content = aside.content
            END
    )
ORDER BY aside.source_table, aside.source_key, aside.field
ON CONFLICT (source_table, source_key, coalesce(field, '')) WHERE state = 'open' DO UPDATE SET
    content = excluded.content,
    reason = excluded.reason,
    check_id = excluded.check_id,
    row_hash = excluded.row_hash,
    event_at = excluded.event_at,
    last_seen_run_id = excluded.last_seen_run_id;
