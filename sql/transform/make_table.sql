-- The batch becomes a table unless it is one: rows are about to be taken out of it, or are few.
SELECT ops.make_batch_table('stg_' || %(source_table)s);
