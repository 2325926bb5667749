-- Held until the end of the session that uses the scratch database.
SELECT pg_advisory_lock(hashtextextended(%(name)s, 0));
