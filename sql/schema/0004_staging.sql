-- Persistent staging: one row a source row, as last seen, in UTC and in the warehouse's spellings.
-- row_hash is the source's own digest of the row; run_number the run that last wrote it.

CREATE TABLE staging.issues (
    id bigint PRIMARY KEY,
    number bigint,
    title text,
    description text,
    priority text,
    complexity text,
    issue_type text,
    repository text,
    created_at timestamptz,
    updated_at timestamptz,
    closed_at timestamptz,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.issues (repository, created_at);

CREATE TABLE staging.code_gen_tasks (
    id bigint PRIMARY KEY,
    issue_id bigint,
    total_files_generated bigint,
    total_lines_generated bigint,
    compilation_time_ms bigint,
    clippy_warnings bigint,
    fmt_issues bigint,
    created_at timestamptz,
    updated_at timestamptz,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.code_gen_tasks (issue_id);

CREATE TABLE staging.review_results (
    id bigint PRIMARY KEY,
    issue_id bigint,
    review_score numeric,
    test_coverage_percent numeric,
    security_issues_found bigint,
    performance_issues_found bigint,
    created_at timestamptz,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.review_results (issue_id);

CREATE TABLE staging.deployment_pipelines (
    id bigint PRIMARY KEY,
    issue_id bigint,
    deployment_status text,
    deployment_duration_seconds numeric,
    infrastructure_cost_usd numeric,
    environment text,
    deployed_at timestamptz,
    created_at timestamptz,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.deployment_pipelines (issue_id);

CREATE TABLE staging.commits (
    id bigint PRIMARY KEY,
    issue_id bigint,
    commit_sha text,
    pr_number bigint,
    commit_message text,
    author text,
    committed_at timestamptz,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.commits (issue_id);

CREATE TABLE staging.label_history (
    id bigint PRIMARY KEY,
    issue_id bigint,
    label_name text,
    source_label_name text,
    applied_at timestamptz,
    removed_at timestamptz,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.label_history (issue_id);

CREATE TABLE staging.worktree_states (
    id bigint PRIMARY KEY,
    associated_issue_id bigint,
    worktree_path text,
    branch_name text,
    status text,
    created_at timestamptz,
    cleaned_up_at timestamptz,
    row_hash bigint NOT NULL,
    run_number bigint NOT NULL
);
CREATE INDEX ON staging.worktree_states (associated_issue_id);
CREATE INDEX ON staging.worktree_states (worktree_path);

-- What archived months said of an issue's first execution: cycle time needs it after the rows have left.
CREATE TABLE staging.archived_issue_start (
    issue_id bigint PRIMARY KEY,
    first_started_at timestamptz NOT NULL
);
