SELECT pg_advisory_unlock(hashtext('miyabi_dw schema migration'));
