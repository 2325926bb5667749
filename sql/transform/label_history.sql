-- Labels in UTC and in the catalogue's spelling; a label that it does not know keeps its own, in lower case.
CREATE VIEW judged_label_history AS
SELECT
    raw.*,
    CASE
        WHEN raw.id IS NULL THEN ARRAY['no-id', 'the label has no id']
        WHEN raw.applied_at IS NULL THEN ARRAY['no-day', 'the label has no applied_at']
        WHEN
            least(raw.applied_at, raw.removed_at) < '1970-01-01'
            OR greatest(raw.applied_at, raw.removed_at) >= '2100-01-01'
            THEN ARRAY['moment-out-of-range', 'a moment of the label lies outside of 1970 to 2099']
    END AS problem
FROM raw_label_history AS raw;

CREATE UNLOGGED TABLE stg_label_history AS
SELECT
    raw.id,
    raw.issue_id,
    coalesce(known.label_name, nullif(lower(btrim(raw.label_name)), '')) AS label_name,
    raw.label_name AS source_label_name,
    raw.applied_at AT TIME ZONE %(source_timezone)s AS applied_at,
    raw.removed_at AT TIME ZONE %(source_timezone)s AS removed_at,
    raw.row_hash,
    raw.event_at AT TIME ZONE %(source_timezone)s AS event_at
FROM judged_label_history AS raw
LEFT JOIN label_alias AS known ON known.alias = lower(btrim(raw.label_name))
WHERE raw.problem IS NULL;
