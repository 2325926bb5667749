SELECT incident_id, severity, pipeline, title, opened_at, last_run_id
FROM ops.incident
WHERE recovered_at IS NULL
ORDER BY severity, opened_at;
