-- One writer of a run's pages at a time.
SELECT pg_advisory_xact_lock(hashtext('ops.archived_run'), hashtext(%(run_id)s));
