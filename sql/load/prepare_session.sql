-- Only this transaction's; joins of a batch of a million rows then stay in memory.
SELECT
    -- Source tables that the pipeline does not read are found empty at the end of the path.
    set_config('search_path', current_setting('search_path') || ', unread', true),
    set_config('work_mem', '128MB', true),
    set_config('maintenance_work_mem', '256MB', true),
    -- New partitions are flushed as files; to log them first takes longer.
    set_config('wal_skip_threshold', '64kB', true),
    -- It is idle while others fill its months.
    set_config('idle_in_transaction_session_timeout', '0', true),
    -- A tenth of the usual sample is picture enough of a batch; what is kept for good is analyzed again by maintenance.
    set_config('default_statistics_target', '20', true);
