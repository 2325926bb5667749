-- A forger with the owner's rights is not stopped by constraints.
ALTER TABLE ops.archived_run DROP CONSTRAINT archived_run_run_id_key, DROP CONSTRAINT archived_run_path_key;
