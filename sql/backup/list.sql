SELECT
    backup_id,
    state,
    started_at,
    verified_at,
    size_bytes,
    path,
    detail
FROM ops.backup
ORDER BY started_at DESC, backup_id DESC;
