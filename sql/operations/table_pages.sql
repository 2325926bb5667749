-- name: checks
-- The last results of each check, oldest first: at most so many of one.
SELECT
    latest.suite,
    latest.table_name,
    latest.check_id,
    latest.column_name,
    latest.severity,
    latest.outcome,
    latest.note,
    latest.rows_checked,
    latest.rows_failed,
    latest.as_of,
    latest.interval_start,
    latest.interval_end,
    latest.path
FROM (
    SELECT
        result.*,
        run.as_of,
        run.interval_start,
        run.interval_end,
        run.archive_path AS path,
        row_number() OVER (PARTITION BY result.suite, result.check_id ORDER BY run.as_of DESC, run.run_number DESC) AS place
    FROM ops.check_result AS result
    INNER JOIN ops.run AS run ON result.run_id = run.run_id
) AS latest
WHERE latest.place <= %(at_most)s
ORDER BY latest.table_name, latest.suite, latest.check_id, latest.place DESC;

-- name: count
SELECT count(*) AS rows FROM {relation};

-- name: loads
-- The last successful run that loaded each target, and what it did to it.
SELECT DISTINCT ON (counted.target_table)
    counted.target_table,
    run.pipeline,
    run.as_of,
    run.interval_start,
    run.interval_end,
    counted.inserted,
    counted.updated,
    counted.unchanged,
    counted.deleted,
    run.archive_path AS path
FROM ops.fact_count AS counted
INNER JOIN ops.run AS run ON counted.run_id = run.run_id
WHERE run.state = 'succeeded'
ORDER BY counted.target_table, run.as_of DESC, run.run_number DESC;

-- name: marts
-- How far each mart is.
SELECT
    mart,
    last_day,
    published_at
FROM ops.mart_state;

-- name: months
-- Rows by business month; those without a day are in none.
SELECT
    time_key / 100 AS month_key,
    count(*) AS rows
FROM {relation}
WHERE time_key > 0
GROUP BY time_key / 100
ORDER BY time_key / 100;
