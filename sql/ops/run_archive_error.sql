UPDATE ops.run
SET archive_error = %(problem)s
WHERE run_id = %(run_id)s AND archive_path IS NULL
