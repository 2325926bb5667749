SELECT sequence, manifest_sha256
FROM ops.archived_run
ORDER BY sequence DESC
LIMIT 1;
