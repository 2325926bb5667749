-- What each sync of the connections read, wrote and could not link.
CREATE TABLE ops.sync_result (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    connection text NOT NULL,
    kind text NOT NULL,
    record text NOT NULL,
    read bigint NOT NULL,
    inserted bigint NOT NULL,
    updated bigint NOT NULL,
    unchanged bigint NOT NULL,
    deleted bigint NOT NULL,
    quarantined bigint NOT NULL,
    PRIMARY KEY (run_id, connection, record)
);
COMMENT ON TABLE ops.sync_result IS 'What a sync read from each connection and what became of it, and what it wrote into the source.';
COMMENT ON COLUMN ops.sync_result.run_id IS 'Run of the sync.';
COMMENT ON COLUMN ops.sync_result.connection IS 'Connection; (source) for the tables of the source made of them all.';
COMMENT ON COLUMN ops.sync_result.kind IS 'Kind of origin: git, github, claude-code and so on.';
COMMENT ON COLUMN ops.sync_result.record IS 'Kind of record, or table of the source.';
COMMENT ON COLUMN ops.sync_result.read IS 'Records read.';
COMMENT ON COLUMN ops.sync_result.inserted IS 'Rows that were new.';
COMMENT ON COLUMN ops.sync_result.updated IS 'Rows that had changed.';
COMMENT ON COLUMN ops.sync_result.unchanged IS 'Rows that were there already, the same.';
COMMENT ON COLUMN ops.sync_result.deleted IS 'Rows that the origin no longer has.';
COMMENT ON COLUMN ops.sync_result.quarantined IS 'Records that could not be used.';

CREATE TABLE ops.sync_failure (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    connection text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    remedy text NOT NULL,
    PRIMARY KEY (run_id, connection)
);
COMMENT ON TABLE ops.sync_failure IS 'Connections that a sync could not read.';
COMMENT ON COLUMN ops.sync_failure.run_id IS 'Run of the sync.';
COMMENT ON COLUMN ops.sync_failure.connection IS 'Connection.';
COMMENT ON COLUMN ops.sync_failure.code IS 'Error code.';
COMMENT ON COLUMN ops.sync_failure.reason IS 'What is wrong, and where.';
COMMENT ON COLUMN ops.sync_failure.remedy IS 'What to do.';

CREATE TABLE ops.link_coverage (
    run_id text NOT NULL REFERENCES ops.run ON DELETE CASCADE,
    what text NOT NULL,
    reason text NOT NULL,
    is_linked boolean NOT NULL,
    rows bigint NOT NULL,
    examples text [] NOT NULL,
    PRIMARY KEY (run_id, what, reason, is_linked)
);
COMMENT ON TABLE ops.link_coverage IS 'How the rows of connections were linked with each other after a sync, and why some were not.';
COMMENT ON COLUMN ops.link_coverage.run_id IS 'Run of the sync.';
COMMENT ON COLUMN ops.link_coverage.what IS 'What is linked with what, such as commits with an issue.';
COMMENT ON COLUMN ops.link_coverage.reason IS 'How it was linked, or why it was not.';
COMMENT ON COLUMN ops.link_coverage.is_linked IS 'Whether these rows are linked.';
COMMENT ON COLUMN ops.link_coverage.rows IS 'Rows of the source.';
COMMENT ON COLUMN ops.link_coverage.examples IS 'A few of them.';
