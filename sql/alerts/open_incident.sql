-- Opens an incident, or counts one more occurrence of the open one. is_new tells which.
INSERT INTO ops.incident AS i (fingerprint, pipeline, severity, title, detail, first_run_id, last_run_id)
VALUES (
    %(fingerprint)s, %(pipeline)s, %(severity)s, %(title)s, %(detail)s, %(run_id)s, %(run_id)s
)
ON CONFLICT (fingerprint) WHERE recovered_at IS NULL DO UPDATE
    SET
        occurrences = i.occurrences + (i.last_run_id IS DISTINCT FROM excluded.last_run_id)::integer,
        last_run_id = excluded.last_run_id,
        last_seen_at = clock_timestamp(),
        pipeline = CASE WHEN i.pipeline = excluded.pipeline THEN i.pipeline END
RETURNING incident_id, occurrences, opened_at = last_seen_at AS is_new;
