-- The version of an issue for a day is the one in force when that day ended.
SELECT
    batch.issue_id,
    batch.time_key,
    batch.issue_key,
    version.effective_date,
    version.expiration_date
FROM {batch} AS batch
INNER JOIN dim_issue AS version ON version.issue_key = batch.issue_key
WHERE
    batch.issue_key <> -1
    AND (
        version.issue_id <> batch.issue_id
        OR batch.time_key < ops.day_key(version.effective_date, %(business_timezone)s)
        OR batch.time_key >= ops.day_key(version.expiration_date, %(business_timezone)s)
    );
