-- What the morning page found, kept so that the next page can show how each metric has moved.
CREATE TABLE ops.health_finding (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    name text NOT NULL,
    position integer NOT NULL,
    level text NOT NULL,
    value numeric,
    unit text NOT NULL DEFAULT '',
    sentence text NOT NULL,
    remedy text NOT NULL DEFAULT '',
    PRIMARY KEY (run_id, name),
    CONSTRAINT level_is_known CHECK (level IN ('ok', 'warning', 'critical'))
);

COMMENT ON TABLE ops.health_finding IS 'Findings of the morning page, one row a finding and run.';
COMMENT ON COLUMN ops.health_finding.run_id IS 'Run of the morning page.';
COMMENT ON COLUMN ops.health_finding.name IS 'What was looked at.';
COMMENT ON COLUMN ops.health_finding.position IS 'Place on the page, from 1.';
COMMENT ON COLUMN ops.health_finding.level IS 'ok, warning or critical.';
COMMENT ON COLUMN ops.health_finding.value IS 'Value of the metric; null when it could not be measured or is no number.';
COMMENT ON COLUMN ops.health_finding.unit IS 'Unit of the value.';
COMMENT ON COLUMN ops.health_finding.sentence IS 'What was found, in one sentence.';
COMMENT ON COLUMN ops.health_finding.remedy IS 'What to do about it; empty when all is well.';
