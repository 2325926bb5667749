INSERT INTO ops.quarantine (run_id, source_table, source_key, content, reason, check_id, last_seen_run_id)
VALUES (%(run_id)s, %(source_table)s, %(source_key)s, %(content)s, %(reason)s, %(check_id)s, %(run_id)s);
