-- Rows that the fact holds a second time, under another day; days before the look-back are compared by the reconciliation.
SELECT
    batch.{column},
    batch.time_key,
    other.time_key AS other_time_key
FROM {batch} AS batch
INNER JOIN {fact} AS other
    ON other.{column} = batch.{column} AND other.time_key <> batch.time_key
WHERE other.time_key >= %(lookback_day)s;
