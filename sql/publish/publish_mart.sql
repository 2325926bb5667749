SELECT
    published.months_closed,
    published.months_restated,
    published.months_left,
    published.rows_written,
    published.needs_refresh
FROM ops.publish_mart(%(mart)s, %(open_from)s, %(loaded_day)s) AS published;
