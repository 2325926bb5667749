-- The platform's database as a deployment of it has it: tables, keys and the indexes that the platform itself needs.
-- Priorities, statuses and environments carry no check: a real platform wrote rows before it knew today's values.
CREATE TABLE issues (
    id serial PRIMARY KEY,
    number integer NOT NULL UNIQUE,
    title varchar(500),
    description text,
    priority varchar(10),
    complexity varchar(20),
    issue_type varchar(50),
    repository varchar(200),
    created_at timestamp,
    updated_at timestamp,
    closed_at timestamp
);

CREATE TABLE agent_execution_logs (
    id serial PRIMARY KEY,
    issue_id integer REFERENCES issues (id),
    agent_id varchar(100),
    started_at timestamp,
    completed_at timestamp,
    execution_duration_ms bigint,
    memory_usage_mb numeric(10, 2),
    cpu_usage_percent numeric(5, 2),
    llm_tokens_input integer,
    llm_tokens_output integer,
    -- Without a scale: logged costs have up to 21 decimals, and four would turn most small calls into nothing.
    llm_cost_usd numeric,
    success boolean,
    error_message text,
    created_at timestamp,
    llm_model varchar(200),
    llm_tokens_cache_read bigint,
    llm_tokens_cache_write bigint
);

CREATE TABLE code_gen_tasks (
    id serial PRIMARY KEY,
    issue_id integer NOT NULL UNIQUE REFERENCES issues (id),
    total_files_generated integer,
    total_lines_generated integer,
    compilation_time_ms bigint,
    clippy_warnings integer,
    fmt_issues integer,
    created_at timestamp,
    updated_at timestamp
);

CREATE TABLE review_results (
    id serial PRIMARY KEY,
    issue_id integer NOT NULL UNIQUE REFERENCES issues (id),
    review_score numeric(3, 2),
    test_coverage_percent numeric(5, 2),
    security_issues_found integer,
    performance_issues_found integer,
    created_at timestamp
);

CREATE TABLE deployment_pipelines (
    id serial PRIMARY KEY,
    issue_id integer NOT NULL UNIQUE REFERENCES issues (id),
    deployment_status varchar(20),
    deployment_duration_seconds integer,
    infrastructure_cost_usd numeric(10, 4),
    environment varchar(20),
    deployed_at timestamp,
    created_at timestamp
);

CREATE TABLE commits (
    id serial PRIMARY KEY,
    issue_id integer REFERENCES issues (id),
    commit_sha varchar(40) NOT NULL UNIQUE,
    pr_number integer,
    commit_message text,
    author varchar(200),
    committed_at timestamp
);

CREATE TABLE label_history (
    id serial PRIMARY KEY,
    issue_id integer NOT NULL REFERENCES issues (id),
    label_name varchar(100),
    applied_at timestamp,
    removed_at timestamp
);

CREATE TABLE worktree_states (
    id serial PRIMARY KEY,
    associated_issue_id integer NOT NULL UNIQUE REFERENCES issues (id),
    worktree_path varchar(500),
    branch_name varchar(200),
    status varchar(20),
    created_at timestamp,
    cleaned_up_at timestamp
);
