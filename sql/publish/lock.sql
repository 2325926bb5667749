-- One publish at a time: two would finish the same months.
SELECT pg_advisory_xact_lock(hashtextextended('miyabi-dw publish', 0));
