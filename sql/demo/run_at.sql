-- The archived success of a pipeline that the demonstration ran for this moment.
SELECT archive_path
FROM ops.run
WHERE
    pipeline = %(pipeline)s AND as_of = %(as_of)s AND trigger = 'demo' AND state = 'succeeded' AND archive_path IS NOT NULL
ORDER BY run_number DESC
LIMIT 1;
