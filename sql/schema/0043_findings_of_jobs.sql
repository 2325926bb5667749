-- Every job keeps what it found, not only the morning report.
COMMENT ON TABLE ops.health_finding IS
'What a job found, one row per finding and run; the one that is named as the job is its outcome in one sentence.';
COMMENT ON COLUMN ops.health_finding.run_id IS 'Run of the job.';
