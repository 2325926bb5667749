DELETE FROM ops.archived_run WHERE run_id = %(run_id)s;
