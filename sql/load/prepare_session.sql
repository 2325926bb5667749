-- Only this transaction's; joins of a batch of a million rows then stay in memory.
SELECT
    set_config('work_mem', '128MB', true),
    set_config('maintenance_work_mem', '256MB', true);
