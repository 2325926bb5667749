DELETE FROM ops.pause
WHERE pipeline = %(pipeline)s
