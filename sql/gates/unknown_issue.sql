-- Rows whose issue is neither in the batch nor known from an earlier run.
SELECT
    batch.id,
    batch.{column} AS unknown_issue
FROM {batch} AS batch
WHERE
    batch.{column} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM staging.issues AS known WHERE known.id = batch.{column})
    AND NOT EXISTS (SELECT 1 FROM {stg_issues} AS known WHERE known.id = batch.{column});
