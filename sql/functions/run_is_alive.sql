-- A run lives as long as the session that holds its lock: a killed process loses it at once.

CREATE OR REPLACE FUNCTION ops.lock_key(kind text, name text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended('miyabi-dw ' || kind || ' ' || name, 0);
COMMENT ON FUNCTION ops.lock_key IS 'Key of the advisory lock of a pipeline, a run or a scheduler.';

CREATE OR REPLACE FUNCTION ops.lock_sessions(lock_key bigint)
RETURNS TABLE (pid integer, is_exclusive boolean, is_granted boolean)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        held.pid,
        held.mode = 'ExclusiveLock',
        held.granted
    FROM pg_locks AS held
    WHERE
        held.locktype = 'advisory'
        AND held.objsubid = 1
        AND held.database = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())
        AND held.classid::bigint = (lock_key >> 32) & 4294967295
        AND held.objid::bigint = lock_key & 4294967295;
END;
COMMENT ON FUNCTION ops.lock_sessions IS 'Sessions that hold an advisory lock or wait for it.';

CREATE OR REPLACE FUNCTION ops.run_is_alive(run_id text) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT 1
        FROM ops.lock_sessions(ops.lock_key('run', run_id)) AS session
        WHERE session.is_granted
    );
END;
COMMENT ON FUNCTION ops.run_is_alive IS 'True while a process holds the lock of the run.';
