SELECT source_key, reason, state, content
FROM ops.quarantine
WHERE %(run_id)s IN (run_id, last_seen_run_id) AND %(check_id)s = ANY(string_to_array(check_id, ', '));
