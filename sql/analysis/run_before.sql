-- The run of the same pipeline before this one that did any work.
SELECT earlier.run_id
FROM ops.run AS later
INNER JOIN ops.run AS earlier ON later.pipeline = earlier.pipeline AND later.run_number > earlier.run_number
WHERE later.run_id = %(run_id)s AND earlier.state NOT IN ('skipped', 'queued')
ORDER BY earlier.run_number DESC
LIMIT 1;
