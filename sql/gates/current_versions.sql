SELECT
    batch.{member},
    count(*) FILTER (WHERE batch.is_current) AS current_versions
FROM {batch} AS batch
GROUP BY batch.{member}
HAVING count(*) FILTER (WHERE batch.is_current) <> 1;
