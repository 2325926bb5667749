-- name: marts
SELECT state.mart
FROM ops.mart_state AS state
ORDER BY state.mart;

-- name: prepare_session
-- A concurrent refresh analyzes its scratch tables, reads two copies of the view and joins them: statistics worth nothing
-- to it, memory worth much.
SELECT
    set_config('default_statistics_target', '1', true),
    set_config('temp_buffers', '64MB', true),
    set_config('work_mem', '64MB', true),
    set_config('jit', 'off', true),
    set_config('search_path', 'public, pg_temp', true);

-- name: publish_mart
SELECT
    published.months_closed,
    published.months_restated,
    published.months_left,
    published.rows_written,
    published.needs_refresh
FROM ops.publish_mart(%(mart)s, %(open_from)s, %(loaded_day)s) AS published;

-- name: refresh
REFRESH MATERIALIZED VIEW CONCURRENTLY {mart};

-- name: reset_mart
SELECT ops.reset_mart(%(mart)s);

-- name: take_fact_marks
SELECT ops.take_fact_marks();
