-- Nothing was set aside where the function is not there yet.
DO $restore$
BEGIN
    IF to_regprocedure('ops.restore_set_aside()') IS NOT NULL THEN
        PERFORM ops.restore_set_aside();
    END IF;
END
$restore$;
