-- The archive's ledger: which run was archived after which, so that a change to any of them shows.
-- It refers to ops.run by name only: it outlives the registry's own retention.
CREATE TABLE ops.archived_run (
    sequence bigint PRIMARY KEY,
    run_id text NOT NULL UNIQUE,
    pipeline text NOT NULL,
    path text NOT NULL UNIQUE,
    manifest_sha256 text NOT NULL,
    previous_sha256 text,
    archived_at timestamptz NOT NULL,
    pruned_at timestamptz,
    CONSTRAINT only_the_first_has_none_before CHECK ((sequence = 1) = (previous_sha256 IS null))
);
CREATE INDEX archived_run_kept ON ops.archived_run (archived_at) WHERE pruned_at IS null;

COMMENT ON TABLE ops.archived_run IS
'Hash chain over all archived runs in the order in which they were archived; one row a run. Kept for ever.';
COMMENT ON COLUMN ops.archived_run.sequence IS 'Place in the chain, from 1 without gaps.';
COMMENT ON COLUMN ops.archived_run.run_id IS 'Run that was archived.';
COMMENT ON COLUMN ops.archived_run.pipeline IS 'Pipeline or job of the run.';
COMMENT ON COLUMN ops.archived_run.path IS 'Its folder below the reports folder.';
COMMENT ON COLUMN ops.archived_run.manifest_sha256 IS 'SHA-256 of its manifest.json, which lists every file with its own.';
COMMENT ON COLUMN ops.archived_run.previous_sha256 IS
'SHA-256 of the manifest archived before it; null for the first.';
COMMENT ON COLUMN ops.archived_run.archived_at IS 'When it was archived.';
COMMENT ON COLUMN ops.archived_run.pruned_at IS
'When retention removed its pages and notebooks, the manifest stays; null while all is there.';

-- One row a pipeline and month, so that the top page lists years of months without reading years of runs.
CREATE TABLE ops.archive_month (
    pipeline text NOT NULL,
    month_start date NOT NULL,
    runs integer NOT NULL,
    succeeded integer NOT NULL,
    failed integer NOT NULL,
    PRIMARY KEY (pipeline, month_start)
);

COMMENT ON TABLE ops.archive_month IS
'Months that have a page in the archive, one row a pipeline and month; recounted whenever one of its runs is archived.';
COMMENT ON COLUMN ops.archive_month.pipeline IS 'Pipeline or job.';
COMMENT ON COLUMN ops.archive_month.month_start IS 'First day of the month in the business time zone.';
COMMENT ON COLUMN ops.archive_month.runs IS 'Runs placed in the month, whatever their state.';
COMMENT ON COLUMN ops.archive_month.succeeded IS 'Those that succeeded.';
COMMENT ON COLUMN ops.archive_month.failed IS 'Those that failed or were lost.';

-- A run stands in the month of its interval, or of its request where it has none.
CREATE INDEX run_by_month ON ops.run (pipeline, (coalesce(interval_start, queued_at)));
CREATE INDEX run_latest ON ops.run (pipeline, run_number DESC);
CREATE INDEX run_not_archived ON ops.run (run_number) WHERE archive_path IS null;
