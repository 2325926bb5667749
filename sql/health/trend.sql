-- The last value of each business day of each metric over the 30 days up to as_of.
SELECT DISTINCT ON (f.name, day)
    f.name,
    (r.as_of AT TIME ZONE %(business_timezone)s)::date AS day,
    f.value,
    f.unit,
    f.level
FROM ops.health_finding AS f
INNER JOIN ops.run AS r USING (run_id)
WHERE r.as_of BETWEEN %(as_of)s - interval '30 days' AND %(as_of)s AND f.value IS NOT NULL
ORDER BY f.name, day, r.as_of DESC;
