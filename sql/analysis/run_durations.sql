-- How long this run and those of its pipeline before it took.
SELECT
    earlier.run_id,
    earlier.started_at,
    earlier.state::text AS state,
    round(extract(EPOCH FROM earlier.finished_at - earlier.started_at), 1) AS seconds
FROM ops.run AS later
INNER JOIN ops.run AS earlier ON later.pipeline = earlier.pipeline AND later.run_number >= earlier.run_number
WHERE later.run_id = %(run_id)s AND earlier.finished_at IS NOT NULL AND earlier.started_at IS NOT NULL
ORDER BY earlier.run_number DESC
LIMIT 60;
