-- name: advance_sequence
-- The next id that the platform gives must be a new one.
SELECT setval(pg_get_serial_sequence(%(name)s, 'id'), greatest(max(held.id), 1), max(held.id) IS NOT NULL)
FROM {table} AS held;

-- name: analyze_table
ANALYZE {table};

-- name: at_work
SELECT run.run_id FROM ops.run AS run WHERE run.state IN ('queued', 'running') ORDER BY run.run_number DESC;

-- name: columns
SELECT attribute.attname::text AS name
FROM pg_attribute AS attribute
WHERE attribute.attrelid = to_regclass('public.' || quote_ident(%(name)s)) AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum;

-- name: copy_in
COPY {table} FROM STDIN (FORMAT csv, HEADER MATCH, ENCODING 'UTF8');

-- name: digest
-- A sum over hashed rows does not depend on their order; md5 is the same on every server version and platform.
SELECT
    count(*) AS rows,
    coalesce(sum(('x' || left(md5(held::text), 15))::bit(60)::bigint), 0)::text AS digest
FROM {table} AS held;

-- name: drop_tables
DROP TABLE
    issues, agent_execution_logs, code_gen_tasks, review_results, deployment_pipelines, commits, label_history,
    worktree_states;

-- name: empty_source
TRUNCATE
    issues, agent_execution_logs, code_gen_tasks, review_results, deployment_pipelines, commits, label_history,
    worktree_states;

-- name: forget_later
-- What the source knew at that moment: rows whose time had not come are not there, and what had not ended is open.
DELETE FROM agent_execution_logs WHERE greatest(completed_at, started_at, created_at) > %(until)s;
DELETE FROM code_gen_tasks WHERE coalesce(updated_at, created_at) > %(until)s;
DELETE FROM review_results WHERE created_at > %(until)s;
DELETE FROM deployment_pipelines WHERE created_at > %(until)s;
DELETE FROM commits WHERE committed_at > %(until)s;
DELETE FROM label_history WHERE applied_at > %(until)s;
DELETE FROM worktree_states
WHERE created_at > %(until)s OR associated_issue_id IN (SELECT later.id FROM issues AS later WHERE later.created_at > %(until)s);
DELETE FROM issues WHERE created_at > %(until)s;
UPDATE deployment_pipelines SET deployment_status = 'pending', deployed_at = NULL WHERE deployed_at > %(until)s;
UPDATE label_history SET removed_at = NULL WHERE removed_at > %(until)s;
UPDATE issues
SET
    closed_at = CASE WHEN closed_at <= %(until)s THEN closed_at END,
    updated_at = CASE WHEN updated_at <= %(until)s THEN updated_at WHEN closed_at <= %(until)s THEN closed_at ELSE created_at END
WHERE closed_at > %(until)s OR updated_at > %(until)s;

-- name: has_registry
SELECT to_regclass('ops.archived_run') IS NOT NULL AS has_registry;

-- name: has_rows
SELECT EXISTS (SELECT 1 FROM {table}) AS has_rows;

-- name: indexes
-- The indexes that the platform's own screens need; built after a bulk load, when that is cheaper.
CREATE INDEX issues_created_at ON issues (created_at);
CREATE INDEX issues_updated_at ON issues (updated_at);
CREATE INDEX issues_closed_at ON issues (closed_at);
CREATE INDEX agent_execution_logs_issue_id ON agent_execution_logs (issue_id);
CREATE INDEX agent_execution_logs_started_at ON agent_execution_logs (started_at);
CREATE INDEX agent_execution_logs_completed_at ON agent_execution_logs (completed_at);
CREATE INDEX code_gen_tasks_updated_at ON code_gen_tasks (updated_at);
CREATE INDEX review_results_created_at ON review_results (created_at);
CREATE INDEX deployment_pipelines_deployed_at ON deployment_pipelines (deployed_at);
CREATE INDEX deployment_pipelines_created_at ON deployment_pipelines (created_at);
CREATE INDEX commits_issue_id ON commits (issue_id);
CREATE INDEX commits_committed_at ON commits (committed_at);
CREATE INDEX label_history_issue_id ON label_history (issue_id);
CREATE INDEX label_history_applied_at ON label_history (applied_at);
CREATE INDEX label_history_removed_at ON label_history (removed_at);
CREATE INDEX worktree_states_created_at ON worktree_states (created_at);
CREATE INDEX worktree_states_cleaned_up_at ON worktree_states (cleaned_up_at);

-- name: mark_table
COMMENT ON TABLE {table} IS 'Demonstration data of Miyabi DW';

-- name: pages
SELECT archived.path FROM ops.archived_run AS archived ORDER BY archived.sequence;

-- name: runs
SELECT count(*) AS runs FROM ops.run;

-- name: schema
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

-- name: state
-- How many of the platform's tables there are, and whether the demonstration put them there.
SELECT
    count(found.oid) AS tables,
    coalesce(bool_and(obj_description(found.oid, 'pg_class') = %(mark)s) FILTER (WHERE found.oid IS NOT NULL), false)
        AS is_demonstration
FROM unnest(%(tables)s::text []) AS wanted (name)
LEFT JOIN pg_class AS found ON found.oid = to_regclass('public.' || quote_ident(wanted.name));
