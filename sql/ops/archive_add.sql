INSERT INTO ops.archived_run (
    sequence, run_id, pipeline, path, manifest_sha256, previous_sha256, archived_at, pruned_at
)
VALUES (
    %(sequence)s, %(run_id)s, %(pipeline)s, %(path)s, %(manifest_sha256)s, %(previous_sha256)s, %(archived_at)s,
    %(pruned_at)s
);
