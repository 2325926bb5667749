-- What is known of a file of cold storage without opening it.
ALTER TABLE ops.archived_month
ADD COLUMN size_bytes bigint,
ADD COLUMN first_day date,
ADD COLUMN last_day date,
ADD COLUMN file_format integer;

COMMENT ON TABLE ops.archived_month IS
'Months of facts that were moved to Parquet files, one row per fact and month: the catalogue of cold storage, also in catalogue.json beside the files.';
COMMENT ON COLUMN ops.archived_month.path IS 'File below the archive folder: fact/month=yyyymm/rows.parquet.';
COMMENT ON COLUMN ops.archived_month.size_bytes IS 'Size of the file; null when an older version wrote it.';
COMMENT ON COLUMN ops.archived_month.first_day IS 'First business day of its rows; null in a month without rows, or when an older version wrote it.';
COMMENT ON COLUMN ops.archived_month.last_day IS 'Last business day of its rows; null in a month without rows, or when an older version wrote it.';
COMMENT ON COLUMN ops.archived_month.file_format IS
'How the file is written: 1 or null has every numeric as text, 2 has them as decimals. A newer one than the program knows is refused.';
