SELECT quarantine_id
FROM ops.quarantine
WHERE state = 'open'
ORDER BY quarantine_id;
