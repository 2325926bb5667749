-- Rows are about to be taken out of the batch: it becomes a table unless it is one.
SELECT ops.make_batch_table('stg_' || %(source_table)s);
