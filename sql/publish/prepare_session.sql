-- A concurrent refresh analyzes its scratch tables, reads two copies of the view and joins them: statistics worth nothing
-- to it, memory worth much.
SELECT
    set_config('default_statistics_target', '1', true),
    set_config('temp_buffers', '64MB', true),
    set_config('work_mem', '64MB', true),
    set_config('jit', 'off', true),
    set_config('search_path', 'public, pg_temp', true);
