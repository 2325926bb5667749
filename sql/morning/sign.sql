INSERT INTO ops.sign_off (run_id, signed_by, note) VALUES (%(run_id)s, %(signed_by)s, %(note)s)
ON CONFLICT (run_id) DO NOTHING
RETURNING signed_at;
