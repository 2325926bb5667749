-- One writer of the chain at a time; the lock goes with the transaction.
SELECT pg_advisory_xact_lock(hashtext('ops.archived_run'));
