UPDATE ops.quarantine
SET state = 'discarded', resolved_at = clock_timestamp(), resolved_by = %(resolved_by)s, resolution = %(why)s
WHERE quarantine_id = %(id)s AND state = 'open';
