SELECT *
FROM (
    SELECT
        batch.full_date,
        lead(batch.full_date) OVER (ORDER BY batch.full_date) AS next_date
    FROM {batch} AS batch
) AS day
WHERE day.next_date <> day.full_date + 1;
