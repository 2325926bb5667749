-- Scratch databases whose user is gone.
SELECT scratch.datname AS name
FROM pg_database AS scratch
WHERE
    starts_with(scratch.datname, %(prefix)s)
    AND pg_try_advisory_lock(hashtextextended(scratch.datname, 0));
