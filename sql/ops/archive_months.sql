SELECT *
FROM ops.archive_month
ORDER BY month_start DESC, pipeline;
