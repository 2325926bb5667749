-- The batch table for the rows of a source query, in the query's own columns and types.
SELECT ops.create_batch_table(%(table_name)s, %(columns)s::text [], %(types)s::oid []);
