-- A job's page lies under the day that the run took for today, as an interval's does under its first day.
DROP INDEX ops.run_by_month;
CREATE INDEX run_by_month ON ops.run (pipeline, (coalesce(interval_start, as_of)));

-- Comments that said "one row a" where they mean "one row per".
COMMENT ON TABLE ops.mart_state IS 'How far each mart is finished, one row per mart; written by publish.';
COMMENT ON TABLE ops.mart_definition IS 'How each mart is published, one row per mart; written when the mart is made.';
COMMENT ON TABLE ops.recovering_month IS
'Months of facts whose recovery has begun and not ended, one row per fact and month. Empty unless a recovery runs or was interrupted.';
