CREATE OR REPLACE FUNCTION ops.lock_target(target text) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT pg_advisory_xact_lock(hashtextextended('miyabi-dw target ' || target, 0));
END;
COMMENT ON FUNCTION ops.lock_target IS
'Waits until no other transaction writes the table, and holds it until the end of this one; readers are not held up.';
