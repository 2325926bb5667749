-- The load waits for its fillers: one that waited for a lock of the load's would do so forever.
SELECT set_config('lock_timeout', '5min', false);
