-- Rows that cannot be loaded as they are, each whole and with its reason.
INSERT INTO rejected (source_table, source_key, content, reason, check_id, row_hash, event_at)
SELECT
    %(source_table)s,
    coalesce(judged.id::text, 'no id, row ' || judged.row_hash),
    to_jsonb(judged) - 'problem' - 'row_hash' - 'event_at',
    judged.problem[2],
    %(source_table)s || '.' || judged.problem[1],
    judged.row_hash,
    judged.event_at AT TIME ZONE %(source_timezone)s
FROM {judged} AS judged
WHERE judged.problem IS NOT NULL;
