-- Labels in UTC and in the catalogue's spelling; a label that it does not know keeps its own, in lower case.
CREATE VIEW judged_label_history AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the label has no id']
        WHEN raw.applied_at IS NULL THEN ARRAY['no-day', 'the label has no applied_at']
        WHEN
            raw.applied_at < '1970-01-01' OR raw.applied_at >= %(latest_moment)s AT TIME ZONE %(source_timezone)s
            THEN ARRAY['moment-out-of-range', ops.moment_fault('applied_at', raw.applied_at, %(latest_moment)s, %(source_timezone)s)]
    END AS problem
FROM raw_label_history AS raw;

CREATE UNLOGGED TABLE stg_label_history AS
SELECT
    raw.id,
    raw.issue_id,
    coalesce(known.label_name, nullif(lower(btrim(raw.label_name)), '')) AS label_name,
    raw.label_name AS source_label_name,
    raw.applied_at AT TIME ZONE %(source_timezone)s AS applied_at,
    ops.sound_moment(raw.removed_at, %(latest_moment)s, %(source_timezone)s) AT TIME ZONE %(source_timezone)s AS removed_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_label_history AS raw
LEFT JOIN label_alias AS known ON known.alias = lower(btrim(raw.label_name))
WHERE raw.problem IS NULL;
