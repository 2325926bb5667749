-- Run by the only backup there can be now: whatever another one left unfinished has no process any more.
UPDATE ops.backup
SET state = 'bad', finished_at = clock_timestamp(), detail = jsonb_build_object('complaint', 'it was interrupted')
WHERE state = 'running';
