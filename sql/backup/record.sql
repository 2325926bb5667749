INSERT INTO ops.backup AS b (backup_id, run_id, path, started_at, finished_at, size_bytes, sha256, state, verified_at, detail)
VALUES (
    %(backup_id)s, %(run_id)s, %(path)s, %(started_at)s, %(finished_at)s, %(size_bytes)s, %(sha256)s, %(state)s,
    %(verified_at)s, %(detail)s
)
ON CONFLICT (backup_id) DO UPDATE
    SET
        finished_at = excluded.finished_at, size_bytes = excluded.size_bytes, sha256 = excluded.sha256,
        state = excluded.state, verified_at = excluded.verified_at, detail = excluded.detail;
