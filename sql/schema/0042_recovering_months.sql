-- Months of a fact that a recovery wants made again. A load that covers the days takes the old rows out and brings the new ones in
-- one transaction; until both sides have been compared the old ones wait in the schema recovery.
CREATE TABLE ops.recovering_month (
    fact_table text NOT NULL,
    month_key integer NOT NULL,
    first_key integer NOT NULL,
    last_key integer NOT NULL,
    wanted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replaced_at timestamptz,
    PRIMARY KEY (fact_table, month_key)
);

COMMENT ON TABLE ops.recovering_month IS
'Months of facts whose recovery has begun and not ended; one row a fact and month. Empty unless a recovery runs or was interrupted.';
COMMENT ON COLUMN ops.recovering_month.fact_table IS 'The fact.';
COMMENT ON COLUMN ops.recovering_month.month_key IS 'Month as yyyymm.';
COMMENT ON COLUMN ops.recovering_month.first_key IS 'First business day that is made again, yyyymmdd.';
COMMENT ON COLUMN ops.recovering_month.last_key IS 'Last business day that is made again, yyyymmdd; the last that was over.';
COMMENT ON COLUMN ops.recovering_month.wanted_at IS 'When the recovery asked for it.';
COMMENT ON COLUMN ops.recovering_month.replaced_at IS 'When a load replaced its rows; null while the old ones are still there.';
