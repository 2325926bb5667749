-- The months of those runs, as archiving each of them would have counted them.
INSERT INTO ops.archive_month (pipeline, month_start, runs, succeeded, failed)
SELECT
    pipeline,
    date_trunc('month', interval_start AT TIME ZONE 'Asia/Tokyo')::date,
    count(*),
    count(*) FILTER (WHERE state = 'succeeded'),
    count(*) FILTER (WHERE state = 'failed')
FROM ops.run
GROUP BY 1, 2
ON CONFLICT (pipeline, month_start) DO UPDATE
    SET runs = excluded.runs, succeeded = excluded.succeeded, failed = excluded.failed;
