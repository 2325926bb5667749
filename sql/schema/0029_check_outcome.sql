-- A check passed, failed or could not run: the registry uses the words that pages and commands use.
ALTER TABLE ops.check_result DROP CONSTRAINT outcome_is_known;
UPDATE ops.check_result SET outcome = 'could not run' WHERE outcome = 'could not check';
ALTER TABLE ops.check_result ADD CONSTRAINT outcome_is_known CHECK (outcome IN ('passed', 'failed', 'could not run'));
COMMENT ON COLUMN ops.check_result.outcome IS 'passed, failed or could not run.';
