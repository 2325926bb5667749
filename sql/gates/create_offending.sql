-- Rows that break a quarantining check, by their place in the batch table.
CREATE TEMPORARY TABLE IF NOT EXISTS offending (
    row_place tid NOT NULL,
    position integer NOT NULL,
    check_id text NOT NULL,
    reason text NOT NULL
) ON COMMIT DROP;
TRUNCATE offending;
