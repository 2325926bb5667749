-- One entry, with the run that saw it last as far as the registry still knows it.
SELECT
    entry.*,
    run.pipeline,
    run.interval_start,
    run.interval_end
FROM ops.quarantine AS entry
LEFT JOIN ops.run AS run ON run.run_id = entry.last_seen_run_id
WHERE entry.quarantine_id = ANY(%(ids)s::bigint [])
ORDER BY entry.quarantine_id;
