-- An incident is over when each run that met it has been made good; a message may have reached some and not others.
ALTER TABLE ops.incident ADD COLUMN waiting_runs text [] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN ops.incident.waiting_runs IS 'Runs that met it and whose interval, or whose job, has not succeeded since.';

UPDATE ops.incident AS i
SET waiting_runs = ARRAY(SELECT r.run_id FROM ops.run AS r WHERE r.run_id IN (i.first_run_id, i.last_run_id))
WHERE i.recovered_at IS NULL;

ALTER TABLE ops.alert_delivery ADD COLUMN refused text [];
COMMENT ON COLUMN ops.alert_delivery.refused IS
'Addresses that the mail server refused while others got the message; null when none.';

ALTER TABLE ops.alert_delivery DROP CONSTRAINT delivery_kind_is_known;
ALTER TABLE ops.alert_delivery ADD CONSTRAINT delivery_kind_is_known CHECK (
    kind IN ('opened', 'again', 'recovered', 'test')
);
COMMENT ON COLUMN ops.alert_delivery.kind IS 'opened, again (it came back before it was over), recovered or test.';
