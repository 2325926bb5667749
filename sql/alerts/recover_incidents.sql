-- A success of a pipeline ends the incidents that its own runs took part in since its last success.
UPDATE ops.incident AS i
SET recovered_at = clock_timestamp()
WHERE
    i.recovered_at IS NULL
    AND i.first_run_id IS NOT NULL
    AND EXISTS (
        SELECT 1 FROM ops.run AS r
        WHERE r.run_id IN (i.first_run_id, i.last_run_id) AND r.pipeline = %(pipeline)s AND r.run_id <> %(run_id)s
    )
RETURNING i.incident_id;
