SELECT max(batch.full_date) AS last_date
FROM {batch} AS batch
HAVING max(batch.full_date) < (%(as_of)s::timestamptz AT TIME ZONE %(business_timezone)s)::date + 365;
