-- name: discard
UPDATE ops.quarantine
SET state = 'discarded', resolved_at = clock_timestamp(), resolved_by = %(resolved_by)s, resolution = %(why)s
WHERE quarantine_id = %(id)s AND state = 'open';

-- name: entry
-- One entry, with the run that saw it last as far as the registry still knows it.
SELECT
    entry.quarantine_id,
    entry.run_id,
    entry.source_table,
    entry.source_key,
    entry.field,
    entry.content,
    entry.reason,
    entry.check_id,
    entry.state,
    entry.row_hash,
    entry.event_at,
    entry.quarantined_at,
    entry.last_seen_run_id,
    entry.resolved_at,
    entry.resolved_by,
    entry.resolution,
    run.pipeline,
    run.interval_start,
    run.interval_end
FROM ops.quarantine AS entry
LEFT JOIN ops.run AS run ON run.run_id = entry.last_seen_run_id
WHERE entry.quarantine_id = ANY(%(ids)s::bigint [])
ORDER BY entry.quarantine_id;

-- name: list
SELECT
    entry.quarantine_id,
    entry.source_table,
    entry.source_key,
    entry.field,
    entry.state,
    entry.quarantined_at,
    entry.run_id,
    entry.last_seen_run_id,
    entry.check_id,
    entry.reason
FROM ops.quarantine AS entry
WHERE
    (%(source_table)s::text IS NULL OR entry.source_table = %(source_table)s)
    AND (%(state)s::text IS NULL OR entry.state = %(state)s)
    AND (%(run_id)s::text IS NULL OR %(run_id)s IN (entry.run_id, entry.last_seen_run_id))
ORDER BY entry.quarantine_id DESC
LIMIT %(at_most)s;

-- name: open_ids
SELECT quarantine_id
FROM ops.quarantine
WHERE state = 'open'
ORDER BY quarantine_id;
