-- name: backup
-- How old the latest backup is that was restored and compared; null without one.
-- The moment of its run counts, which in a demonstration is not that of the host.
SELECT round(extract(EPOCH FROM %(as_of)s - max(coalesce(run.as_of, good.started_at))) / 3600, 1) AS hours_since_good
FROM ops.backup AS good
LEFT JOIN ops.run AS run USING (run_id)
WHERE good.state = 'good' AND coalesce(run.as_of, good.started_at) <= %(as_of)s;

-- name: checks
-- Checks of the last 24 hours that did not pass, worst first.
SELECT
    c.run_id,
    c.check_id,
    c.severity,
    c.outcome
FROM ops.check_result AS c
INNER JOIN ops.run AS r USING (run_id)
WHERE
    r.as_of > %(as_of)s - interval '24 hours' AND r.as_of <= %(as_of)s
    AND c.outcome <> 'passed' AND c.severity IN ('critical', 'warning')
ORDER BY c.severity, c.rows_failed DESC NULLS LAST, c.check_id
LIMIT 100;

-- name: duration
-- Minutes that the pipeline's latest finished run over one interval of its own took; backfills of many are no measure.
SELECT
    round(extract(EPOCH FROM finished_at - started_at) / 60, 2) AS value,
    run_id AS example
FROM ops.run
WHERE
    pipeline = %(pipeline)s AND state = 'succeeded' AND as_of <= %(as_of)s
    AND trigger IN ('schedule', 'catchup', 'manual', 'demo')
ORDER BY as_of DESC, run_number DESC
LIMIT 1;

-- name: fact_growth
-- Rows of issues that a business day has; whether the day is one on which people work.
SELECT
    d.is_business_day,
    d.holiday_name,
    (SELECT count(*) FROM fact_issue_processing AS f WHERE f.time_key = d.time_key) AS issue_rows,
    EXISTS (SELECT 1 FROM ops.loaded_day AS l WHERE l.source_table = 'issues' AND l.day = d.full_date) AS is_loaded
FROM dim_time AS d
WHERE d.full_date = %(day)s;

-- name: incidents
SELECT severity, title
FROM ops.incident
WHERE recovered_at IS NULL
ORDER BY severity, opened_at;

-- name: last_runs
-- The latest ended run of each pipeline and the latest success; the age counts up to as_of. A run whose lock no session
-- has is over, whoever will record that.
SELECT
    wanted.pipeline,
    latest.run_id,
    latest.state,
    latest.reason,
    round(extract(EPOCH FROM %(as_of)s - success.as_of) / 3600, 1) AS hours_since_success,
    coalesce(paused.why, '') AS paused_why,
    paused.pipeline IS NOT NULL AS is_paused
FROM unnest(%(pipelines)s::text []) AS wanted (pipeline)
LEFT JOIN LATERAL (
    SELECT
        r.run_id,
        CASE WHEN r.state IN ('queued', 'running') THEN 'lost' ELSE r.state::text END AS state,
        coalesce(r.reason, format('process %%s on %%s vanished without a word', r.pid, r.host)) AS reason
    FROM ops.run AS r
    WHERE
        r.pipeline = wanted.pipeline
        AND r.as_of <= %(as_of)s
        -- Stages tried by hand are nobody's night.
        AND (r.run_id NOT LIKE 'manual-%%' OR r.state = 'succeeded')
        AND (
            r.state IN ('succeeded', 'failed', 'lost', 'cancelled')
            OR (r.state IN ('queued', 'running') AND NOT ops.run_is_alive(r.run_id))
        )
    ORDER BY r.as_of DESC, r.run_number DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN LATERAL (
    SELECT max(r.as_of) AS as_of FROM ops.run AS r
    WHERE r.pipeline = wanted.pipeline AND r.as_of <= %(as_of)s AND r.state = 'succeeded'
) AS success ON true
LEFT JOIN ops.pause AS paused
    ON wanted.pipeline = paused.pipeline AND (paused.paused_until IS NULL OR paused.paused_until > %(as_of)s)
ORDER BY wanted.pipeline;

-- name: late_data
-- Executions that reached the warehouse more than a day after they were completed, by the runs of the last 24 hours.
SELECT count(*) AS rows
FROM ops.run AS r
INNER JOIN fact_agent_execution AS f ON r.run_number = f.run_number
WHERE
    r.as_of > %(as_of)s - interval '24 hours' AND r.as_of <= %(as_of)s
    AND r.trigger IN ('schedule', 'catchup')
    AND f.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
    AND f.completed_at < r.interval_start - interval '24 hours';

-- name: ping
SELECT 1 AS answer;

-- name: quarantine
SELECT
    reason,
    count(*) FILTER (WHERE field IS NULL) AS rows,
    count(field) AS fields
FROM ops.quarantine
WHERE state = 'open'
GROUP BY source_table, reason
ORDER BY count(*) DESC, source_table, reason -- noqa: PRS
LIMIT 50;

-- name: record_finding
INSERT INTO ops.health_finding (run_id, name, position, level, value, unit, sentence, remedy)
SELECT %(run_id)s, f.name, f.position, f.level, f.value, f.unit, f.sentence, f.remedy
FROM jsonb_to_recordset(%(findings)s) AS f (
    name text, position integer, level text, value numeric, unit text, sentence text, remedy text
)
ON CONFLICT (run_id, name) DO UPDATE
    SET
        position = excluded.position, level = excluded.level, value = excluded.value, unit = excluded.unit,
        sentence = excluded.sentence, remedy = excluded.remedy;

-- name: success_rate
-- Share of the pipelines' runs that succeeded, in percent of those that ended, over the 24 hours before as_of.
-- A retry that succeeded counts with its run; a run that was skipped for another one did nothing and does not count.
SELECT
    round(100.0 * count(*) FILTER (WHERE state = 'succeeded') / nullif(count(*), 0), 1) AS value,
    count(*) AS runs,
    count(*) FILTER (WHERE state <> 'succeeded') AS failed,
    max(run_id) FILTER (WHERE state <> 'succeeded') AS example
FROM ops.run
WHERE
    pipeline = any(%(pipelines)s)
    AND as_of > %(as_of)s - interval '24 hours' AND as_of <= %(as_of)s
    AND state IN ('succeeded', 'failed', 'lost', 'cancelled');

-- name: trend
-- The last value of each business day of each metric over the 30 days up to as_of.
SELECT DISTINCT ON (f.name, day)
    f.name,
    (r.as_of AT TIME ZONE %(business_timezone)s)::date AS day,
    f.value
FROM ops.health_finding AS f
INNER JOIN ops.run AS r USING (run_id)
WHERE r.as_of BETWEEN %(as_of)s - interval '30 days' AND %(as_of)s AND f.value IS NOT NULL
ORDER BY f.name, day, r.as_of DESC;

-- name: unsigned
-- Morning reports with something critical that nobody has signed; the last ten days count.
SELECT
    r.run_id,
    r.as_of
FROM ops.run AS r
LEFT JOIN ops.sign_off AS s USING (run_id)
WHERE
    r.pipeline = 'morning_checklist' AND r.state = 'succeeded' AND s.run_id IS NULL
    AND EXISTS (SELECT 1 FROM ops.health_finding AS f WHERE f.run_id = r.run_id AND f.level = 'critical')
    AND r.as_of BETWEEN %(as_of)s - interval '10 days' AND %(as_of)s - interval '1 hour'
ORDER BY r.as_of;

-- name: unmatched_settings
-- Settings of kinds of issues that fit no issue at all, though there are issues.
SELECT
    setting.name,
    ops.setting_value(setting.name, setting.fallback) AS words
FROM (VALUES ('incident_types', 'incident'), ('rework_types', 'incident,hotfix')) AS setting (name, fallback)
WHERE
    EXISTS (SELECT 1 FROM dim_issue AS known WHERE known.is_current AND NOT known.is_inferred AND known.issue_key > 0)
    AND ops.setting_value(setting.name, setting.fallback) <> ''
    AND NOT EXISTS (
        SELECT 1
        FROM dim_issue AS known
        WHERE
            known.is_current
            AND ops.issue_kinds(known.issue_type, known.labels) && ops.setting_kinds(setting.name, setting.fallback)
    )
ORDER BY setting.name;
