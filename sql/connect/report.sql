-- name: forget
WITH results AS (DELETE FROM ops.sync_result WHERE run_id = %(run_id)s),
failures AS (DELETE FROM ops.sync_failure WHERE run_id = %(run_id)s)
DELETE FROM ops.link_coverage WHERE run_id = %(run_id)s;

-- name: keep_result
INSERT INTO ops.sync_result (
    run_id, connection, kind, record, read, inserted, updated, unchanged, deleted, quarantined
) VALUES (
    %(run_id)s, %(connection)s, %(kind)s, %(record)s, %(read)s, %(inserted)s, %(updated)s, %(unchanged)s, %(deleted)s,
    %(quarantined)s
);

-- name: keep_failure
INSERT INTO ops.sync_failure (run_id, connection, code, reason, remedy)
VALUES (%(run_id)s, %(connection)s, %(code)s, %(reason)s, %(remedy)s);

-- name: keep_links
INSERT INTO ops.link_coverage (run_id, what, reason, is_linked, rows, examples)
VALUES (%(run_id)s, %(what)s, %(reason)s, %(is_linked)s, %(rows)s, %(examples)s::text []);
