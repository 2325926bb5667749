-- Runs that ended and have no page: their runner died between the two.
SELECT run_id
FROM ops.run
WHERE archive_path IS null AND finished_at IS NOT null
ORDER BY run_number;
