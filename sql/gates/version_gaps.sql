-- Versions that do not end where the next one of the same member begins.
SELECT *
FROM (
    SELECT
        batch.{member},
        batch.version,
        batch.effective_date,
        batch.expiration_date,
        lead(batch.effective_date) OVER later AS next_effective_date
    FROM {batch} AS batch
    WINDOW later AS (PARTITION BY batch.{member} ORDER BY batch.effective_date)
) AS version
WHERE version.expiration_date IS DISTINCT FROM version.next_effective_date;
