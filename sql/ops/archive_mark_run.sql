UPDATE ops.run
SET archive_path = %(path)s, manifest_sha256 = %(manifest_sha256)s
WHERE run_id = %(run_id)s;
