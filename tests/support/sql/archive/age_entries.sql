UPDATE ops.archived_run SET archived_at = archived_at - interval '40 days';
