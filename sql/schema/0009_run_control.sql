-- Who holds what. A run lives as long as the session that holds its lock: a killed process loses it at once.

COMMENT ON COLUMN ops.run.archive_error IS 'Why its archive could not be written; null once it is, or before.';
COMMENT ON COLUMN ops.schedule_tick.tries IS 'How often it was started; more than once only when a run was lost or skipped.';

CREATE FUNCTION ops.lock_key(kind text, name text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended('miyabi-dw ' || kind || ' ' || name, 0);

COMMENT ON FUNCTION ops.lock_key IS 'Key of the advisory lock of a pipeline, a run or a scheduler.';

CREATE FUNCTION ops.lock_sessions(lock_key bigint)
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

CREATE FUNCTION ops.run_is_alive(run_id text) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT 1
        FROM ops.lock_sessions(ops.lock_key('run', run_id)) AS session
        WHERE session.is_granted
    );
END;

COMMENT ON FUNCTION ops.run_is_alive IS 'True while a process holds the lock of the run.';

CREATE TABLE ops.batch_digest (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    table_name text NOT NULL,
    row_count bigint NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (run_id, table_name)
);
COMMENT ON TABLE ops.batch_digest IS
'What a run was about to load, one row a table of its batch; a replay that conforms the same rows has the same digests.';
COMMENT ON COLUMN ops.batch_digest.run_id IS 'The run.';
COMMENT ON COLUMN ops.batch_digest.table_name IS 'Table of the batch, conformed and past the gate.';
COMMENT ON COLUMN ops.batch_digest.row_count IS 'Its rows.';
COMMENT ON COLUMN ops.batch_digest.digest IS 'Sum of the hashes of all its rows, whatever their order.';
