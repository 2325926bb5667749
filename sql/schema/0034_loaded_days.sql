-- Which business days a load has covered: a day that none has is not loaded, whatever lies after it.
CREATE TABLE ops.loaded_day (
    source_table text NOT NULL,
    day date NOT NULL,
    first_loaded_by text NOT NULL,
    PRIMARY KEY (source_table, day)
);
COMMENT ON TABLE ops.loaded_day IS 'Business days of a source table that a load has read to their end.';
COMMENT ON COLUMN ops.loaded_day.source_table IS 'Source table.';
COMMENT ON COLUMN ops.loaded_day.day IS 'Business day.';
COMMENT ON COLUMN ops.loaded_day.first_loaded_by IS 'Run that loaded it first; before the upgrade: what the facts showed.';
