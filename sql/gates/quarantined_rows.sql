SELECT source_key, reason, state, content
FROM ops.quarantine
WHERE last_seen_run_id = %(run_id)s AND %(check_id)s = ANY(string_to_array(check_id, ', '));
