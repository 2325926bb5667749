-- One bad field is not a bad row: the field is null in what is loaded, and its value waits here beside the rows that were not loaded.
ALTER TABLE ops.quarantine ADD COLUMN field text;
COMMENT ON COLUMN ops.quarantine.field IS
'The one column that could not be loaded, its value in content; the rest of its row was. Null: the whole row was not loaded.';
DROP INDEX ops.quarantine_one_open;
CREATE UNIQUE INDEX quarantine_one_open ON ops.quarantine (source_table, source_key, coalesce(field, '')) WHERE state = 'open';

ALTER TABLE ops.row_count ADD COLUMN quarantined_fields bigint;
COMMENT ON COLUMN ops.row_count.quarantined_fields IS 'Fields of loaded rows that were quarantined and are null in the warehouse; their rows count as loaded.';

-- What the source's tables had at the last run: a column that is gone stops the next one until an operator accepts that.
CREATE TABLE ops.source_column (
    table_name text NOT NULL,
    column_name text NOT NULL,
    last_seen_run_id text NOT NULL,
    accepted_at timestamptz,
    accepted_by text,
    accepted_why text,
    PRIMARY KEY (table_name, column_name)
);
COMMENT ON TABLE ops.source_column IS 'Columns of the source that a run has read, and which of them an operator accepted as gone.';
COMMENT ON COLUMN ops.source_column.table_name IS 'Source table.';
COMMENT ON COLUMN ops.source_column.column_name IS 'Its column.';
COMMENT ON COLUMN ops.source_column.last_seen_run_id IS 'Run that read it last.';
COMMENT ON COLUMN ops.source_column.accepted_at IS 'When an operator accepted that it is gone; null while it is expected.';
COMMENT ON COLUMN ops.source_column.accepted_by IS 'Who accepted it.';
COMMENT ON COLUMN ops.source_column.accepted_why IS 'Why.';
