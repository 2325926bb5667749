-- Morning pages that were red and that nobody has signed; the last ten days count.
SELECT
    r.run_id,
    r.as_of,
    r.archive_path
FROM ops.run AS r
LEFT JOIN ops.sign_off AS s USING (run_id)
WHERE
    r.pipeline = 'morning_checklist' AND r.state = 'succeeded' AND s.run_id IS NULL
    AND EXISTS (SELECT 1 FROM ops.health_finding AS f WHERE f.run_id = r.run_id AND f.level = 'critical')
    AND r.as_of BETWEEN %(as_of)s - interval '10 days' AND %(as_of)s - interval '1 hour'
ORDER BY r.as_of;
