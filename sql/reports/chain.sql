-- name: add
INSERT INTO ops.archived_run (
    sequence, run_id, pipeline, path, manifest_sha256, previous_sha256, archived_at, pruned_at
)
VALUES (
    %(sequence)s, %(run_id)s, %(pipeline)s, %(path)s, %(manifest_sha256)s, %(previous_sha256)s, %(archived_at)s,
    %(pruned_at)s
);

-- name: entries
-- The chain from one place on.
SELECT
    sequence,
    run_id,
    pipeline,
    path,
    manifest_sha256,
    previous_sha256,
    archived_at,
    pruned_at
FROM ops.archived_run
WHERE sequence > %(after)s
ORDER BY sequence;

-- name: head
SELECT sequence, manifest_sha256
FROM ops.archived_run
ORDER BY sequence DESC
LIMIT 1;

-- name: mark_run
UPDATE ops.run
SET archive_path = %(path)s, manifest_sha256 = %(manifest_sha256)s
WHERE run_id = %(run_id)s;
