UPDATE ops.backup SET state = 'deleted' WHERE backup_id = any(%(backup_ids)s);
