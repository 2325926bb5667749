-- Makes the partitions that a computed batch needs.
WITH month AS MATERIALIZED (
    -- Listed first: asked of every row, the catalogue would be searched a million times.
    SELECT DISTINCT batch.time_key / 100 AS month_key
    FROM {batch} AS batch
)

SELECT count(*) FILTER (WHERE ops.add_month(%(fact)s::regclass, month.month_key)) AS made
FROM month
WHERE
    ops.partition_of(%(fact)s::regclass, month.month_key) IS NULL
    AND month.month_key <> ALL((SELECT ops.frozen_months(%(fact)s::regclass))::integer []);
