-- Rows whose sha a commit with a lower id has already.
WITH seen AS (
    SELECT
        batch.commit_sha,
        batch.id
    FROM {batch} AS batch
    UNION ALL
    SELECT
        loaded.commit_sha,
        loaded.id
    FROM staging.commits AS loaded
    WHERE loaded.commit_sha IN (SELECT batch.commit_sha FROM {batch} AS batch)
),

first AS (
    SELECT
        seen.commit_sha,
        min(seen.id) AS id
    FROM seen
    GROUP BY seen.commit_sha
)

SELECT
    batch.id,
    batch.commit_sha,
    batch.issue_id,
    first.id AS first_id
FROM {batch} AS batch
INNER JOIN first ON first.commit_sha = batch.commit_sha
WHERE batch.id > first.id;
