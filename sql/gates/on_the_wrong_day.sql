SELECT
    batch.time_key,
    batch.{column}
FROM {batch} AS batch
WHERE batch.time_key IS DISTINCT FROM ops.day_key(batch.{column}, %(business_timezone)s);
