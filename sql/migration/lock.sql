-- Held by the session, since each migration commits by itself.
SELECT pg_advisory_lock(hashtext('miyabi_dw schema migration'));
