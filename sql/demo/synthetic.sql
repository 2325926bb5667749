-- A history that nobody has lived through: seeded, realistic, and hostile if asked. Each block adds what its name says.

-- name: advance_sequences
SELECT
    setval('issues_id_seq', greatest((SELECT max(id) FROM issues), 1), (SELECT count(*) > 0 FROM issues)),
    setval(
        'agent_execution_logs_id_seq',
        greatest((SELECT max(id) FROM agent_execution_logs), 1),
        (SELECT max(id) IS NOT NULL FROM agent_execution_logs)
    );

-- name: analyze
ANALYZE issues, agent_execution_logs, code_gen_tasks, review_results, deployment_pipelines, commits, label_history, worktree_states;

-- name: code_generation
INSERT INTO code_gen_tasks (
    issue_id, total_files_generated, total_lines_generated, compilation_time_ms, clippy_warnings, fmt_issues,
    created_at, updated_at
)
WITH begun AS (
    SELECT
        id,
        created_at + pg_temp.wait('8 hours', pg_temp.chance(%(seed)s, 31, id)) AS created_at
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 30, id) < 0.7
)

SELECT
    id,
    floor(30 * pg_temp.chance(%(seed)s, 32, id) ^ 3)::integer,
    CASE
        WHEN pg_temp.chance(%(seed)s, 33, id) < %(hostile)s THEN -5
        WHEN pg_temp.chance(%(seed)s, 33, id) < 0.96 THEN floor(3000 * pg_temp.chance(%(seed)s, 34, id) ^ 3)::integer
    END,
    floor(90000 * pg_temp.chance(%(seed)s, 35, id))::bigint,
    nullif(floor(10 * pg_temp.chance(%(seed)s, 36, id) ^ 4)::integer, 9),
    nullif(floor(6 * pg_temp.chance(%(seed)s, 37, id) ^ 4)::integer, 5),
    date_trunc('milliseconds', created_at),
    date_trunc('milliseconds', least(
        created_at + pg_temp.wait('1 day', pg_temp.chance(%(seed)s, 38, id)), greatest(created_at, %(end)s::timestamp)
    ))
FROM begun
WHERE created_at < %(end)s::timestamp;

-- name: commits
INSERT INTO commits (issue_id, commit_sha, pr_number, commit_message, author, committed_at)
WITH made AS (
    SELECT
        id,
        id * 8 + nth AS k,
        repeat.nth,
        created_at + pg_temp.wait('2 days', pg_temp.chance(%(seed)s, 61, id * 8 + nth)) AS committed_at
    FROM issues
    CROSS JOIN LATERAL generate_series(1, floor(5 * pg_temp.chance(%(seed)s, 60, id))::integer) AS repeat (nth)
    WHERE id > %(issue_base)s
)

SELECT
    -- One in ten names no issue.
    CASE WHEN pg_temp.chance(%(seed)s, 62, k) < 0.9 THEN id END,
    md5(%(seed)s || '/' || k) || left(md5(k || '/' || %(seed)s), 8),
    CASE WHEN pg_temp.chance(%(seed)s, 63, id) < 0.7 THEN id END,
    CASE
        WHEN pg_temp.chance(%(seed)s, 64, k) < %(hostile)s THEN pg_temp.hostile(pg_temp.chance(%(seed)s, 65, k))
        ELSE 'Work on #' || id
    END,
    'dev-' || mod(id * 7 + nth, 40),
    date_trunc('seconds', committed_at)
FROM made
WHERE committed_at < %(end)s::timestamp;

-- name: deployments
INSERT INTO deployment_pipelines (
    issue_id, deployment_status, deployment_duration_seconds, infrastructure_cost_usd, environment, deployed_at, created_at
)
WITH begun AS (
    SELECT
        id,
        created_at + pg_temp.wait('3 days', pg_temp.chance(%(seed)s, 51, id)) AS created_at,
        10 + floor(1800 * pg_temp.chance(%(seed)s, 52, id) ^ 2)::integer AS duration_seconds,
        CASE
            WHEN pg_temp.chance(%(seed)s, 53, id) < %(hostile)s THEN 'exploded'
            ELSE pg_temp.pick(
                '{success,success,success,success,success,success,success,success,success,success,success,success,
                  success,success,success,failed,failed,rolled_back,pending,running}',
                pg_temp.chance(%(seed)s, 54, id)
            )
        END AS status
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 50, id) < 0.6
),

ended AS (
    SELECT
        *,
        created_at + duration_seconds * interval '1 second' AS deployed_at
    FROM begun
    WHERE created_at < %(end)s::timestamp
)

SELECT
    id,
    CASE WHEN deployed_at < %(end)s::timestamp THEN status ELSE 'running' END,
    CASE WHEN pg_temp.chance(%(seed)s, 55, id) < 0.95 THEN duration_seconds END,
    CASE WHEN pg_temp.chance(%(seed)s, 56, id) < 0.8 THEN (duration_seconds * 0.0131)::numeric END,
    pg_temp.pick(
        '{production,production,production,production,production,production,production,staging,staging,staging,
          development,development,prod,NULL}',
        pg_temp.chance(%(seed)s, 57, id)
    ),
    CASE
        WHEN
            status NOT IN ('pending', 'running')
            AND deployed_at < %(end)s::timestamp
            AND pg_temp.chance(%(seed)s, 58, id) >= %(hostile)s
            THEN date_trunc('seconds', deployed_at)
    END,
    date_trunc('seconds', created_at)
FROM ended;

-- name: executions
INSERT INTO agent_execution_logs (
    id, issue_id, agent_id, started_at, completed_at, execution_duration_ms, memory_usage_mb, cpu_usage_percent,
    llm_tokens_input, llm_tokens_output, llm_cost_usd, success, error_message, created_at
)
WITH drawn AS (
    SELECT
        %(execution_base)s + n AS id,
        -- Now and then a row is a repetition of the one before, under another id.
        %(execution_base)s + n - (pg_temp.chance(%(seed)s, 20, n) < 0.0005)::integer AS k,
        n
    FROM generate_series(1, %(n_executions)s::bigint) AS n
),

placed AS (
    SELECT
        id,
        k,
        (k - %(execution_base)s - 1 + pg_temp.chance(%(seed)s, 21, k)) / %(n_executions)s AS share,
        pg_temp.chance(%(seed)s, 22, k) AS luck,
        pg_temp.chance(%(seed)s, 23, k) AS fate,
        pg_temp.chance(%(seed)s, 24, k) < %(hostile)s AS is_hostile,
        -- From a second to an hour, most of them short.
        (1000 * exp(8 * pg_temp.chance(%(seed)s, 25, k) ^ 2))::bigint AS duration_ms,
        (exp(11 * pg_temp.chance(%(seed)s, 26, k)))::integer AS tokens_in,
        (exp(8 * pg_temp.chance(%(seed)s, 27, k)))::integer AS tokens_out
    FROM drawn
    -- Keeps the planner from drawing each number again wherever it is used.
    OFFSET 0
),

begun AS (
    SELECT
        *,
        date_trunc('milliseconds',
            %(first)s::timestamp + (%(end)s::timestamp - %(first)s::timestamp) * share
        ) AS started_at
    FROM placed
    OFFSET 0
),

ended AS (
    SELECT
        *,
        CASE
            WHEN fate < 0.02 THEN NULL
            -- Some are completed in the log hours or days after they ran.
            WHEN fate < 0.04 THEN started_at + duration_ms * interval '1 ms' + pg_temp.wait('20 hours', luck)
            ELSE started_at + duration_ms * interval '1 ms'
        END AS completed_at
    FROM begun
    OFFSET 0
)

SELECT
    id,
    CASE
        -- An issue of about that time: issues are numbered in order of creation.
        WHEN luck < 0.85 AND %(issue_count)s > 0 THEN least(greatest(
            %(issue_base)s + floor((share * %(issue_scale)s + %(issue_shift)s) * %(issue_count)s)::integer
            - floor(- ln(1 - luck) * 3)::integer,
            %(issue_base)s + 1
        ), %(issue_base)s + %(issue_count)s)
    END,
    CASE
        WHEN is_hostile THEN left(pg_temp.hostile(luck), 100)
        ELSE pg_temp.pick(ARRAY[
            'CodeGen', 'CodeGen', 'CodeGen', 'CodeGen', 'agent-codegen', 'codegen', 'Review', 'Review', 'agent-review',
            'Deployment', 'Deployment', 'Issue', 'Coordinator', 'Coordinator', 'agent-coordinator', 'Business',
            'agent-business-strategy', 'Marketing', 'Sales', 'CRM', 'Analytics', 'agent-analytics',
            'aider/anthropic/claude-3-7-sonnet-20250219', 'aider/gpt-4o', 'claude-code/claude-opus-4-5-20251101',
            'claude-code', 'CodeReviewer', NULL
        ], pg_temp.chance(%(seed)s, 28, k))
    END,
    started_at,
    CASE
        WHEN is_hostile AND luck < 0.1 THEN started_at - interval '1 hour'
        WHEN completed_at < %(end)s::timestamp THEN date_trunc('milliseconds', completed_at)
    END,
    CASE
        WHEN completed_at IS NULL OR completed_at >= %(end)s::timestamp OR fate > 0.97 THEN NULL
        WHEN is_hostile AND luck BETWEEN 0.1 AND 0.2 THEN - duration_ms
        ELSE duration_ms
    END,
    CASE WHEN fate < 0.9 THEN 64 + mod(tokens_in, 200000) * 0.01 END,
    CASE WHEN fate < 0.9 THEN mod(duration_ms, 10001) * 0.01 END,
    CASE WHEN completed_at < %(end)s::timestamp AND fate < 0.98 THEN tokens_in END,
    CASE WHEN completed_at < %(end)s::timestamp AND fate < 0.98 THEN tokens_out END,
    CASE
        WHEN is_hostile AND luck BETWEEN 0.2 AND 0.25 THEN 'NaN'::numeric
        WHEN is_hostile AND luck BETWEEN 0.25 AND 0.3 THEN -1.5
        WHEN is_hostile AND luck BETWEEN 0.3 AND 0.35 THEN 123456789012345678.123456789012345678
        WHEN completed_at < %(end)s::timestamp AND fate < 0.88 THEN (tokens_in * 3 + tokens_out * 15) * 0.000001
        WHEN completed_at < %(end)s::timestamp AND fate < 0.90 THEN 0
    END,
    CASE WHEN completed_at < %(end)s::timestamp AND fate < 0.995 THEN fate < 0.92 END,
    CASE
        WHEN is_hostile THEN pg_temp.hostile(luck)
        WHEN completed_at < %(end)s::timestamp AND fate BETWEEN 0.92 AND 0.995 THEN 'exit status ' || tokens_out
    END,
    started_at
FROM ended;

-- name: functions
-- Pseudo-random numbers that depend on nothing but seed, purpose and row: the same on every run and in any plan.
CREATE OR REPLACE FUNCTION pg_temp.chance(seed bigint, purpose integer, row_number bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(row_number, seed * 1000 + purpose) & 2147483647) / 2147483648.0::double precision;

-- One of the given words, each as often as it stands there.
CREATE OR REPLACE FUNCTION pg_temp.pick(words text [], luck double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words[1 + floor(luck * cardinality(words))::integer];

-- A waiting time with the given mean, as waiting times are: mostly short, sometimes long.
CREATE OR REPLACE FUNCTION pg_temp.wait(mean interval, luck double precision) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN mean * - ln(1 - luck);

-- Text that breaks careless programs: markup, quotes, formats, line ends, control and bidirectional characters.
CREATE OR REPLACE FUNCTION pg_temp.hostile(luck double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_temp.pick(ARRAY[
    $$'; DROP TABLE issues; --$$,
    $$"quoted", 'quoted', `quoted`$$,
    E'first line\nsecond line\r\nthird\ttabbed',
    '<script>alert(1)</script>',
    '</pre><img src=x onerror=alert(1)>',
    '課題の日本語の題名、全角　空白',
    '🚀👩‍💻 emoji with joiners 🇯🇵',
    repeat('長', 500),
    repeat('x', 500),
    E'\u0001\u0007\u001b[31mcontrol\u007f',
    E'\u202Eright to left override\u202C',
    'עברית وعربية',
    E'\\N',
    E'\\.',
    '%%s %%(name)s {name} {{name}} ${name}',
    'NULL',
    '',
    '   ',
    E'combining e\u0301 and \u200b zero width',
    '=1+1',
    E'trailing backslash \\',
    'null,"a,b",NaN'
], luck);

-- name: issues
INSERT INTO issues (
    id, number, title, description, priority, complexity, issue_type, repository, created_at, updated_at, closed_at
)
WITH born AS (
    SELECT
        %(issue_base)s + n AS id,
        date_trunc('milliseconds',
            %(first)s::timestamp
            + (%(end)s::timestamp - %(first)s::timestamp)
            * ((n - 1 + pg_temp.chance(%(seed)s, 1, %(issue_base)s + n)) / %(n_issues)s)
        ) AS created_at
    FROM generate_series(1, %(n_issues)s::bigint) AS n
),

lived AS (
    SELECT
        id,
        created_at,
        pg_temp.chance(%(seed)s, 2, id) < %(hostile)s AS is_hostile,
        CASE
            WHEN pg_temp.chance(%(seed)s, 3, id) < 0.9
                THEN created_at + pg_temp.wait('4 days', pg_temp.chance(%(seed)s, 4, id))
        END AS closed_at,
        created_at + pg_temp.wait('6 days', pg_temp.chance(%(seed)s, 5, id)) AS updated_at
    FROM born
)

SELECT
    id,
    id,
    CASE
        WHEN is_hostile THEN left(pg_temp.hostile(pg_temp.chance(%(seed)s, 6, id)), 500)
        WHEN pg_temp.chance(%(seed)s, 6, id) < 0.001 THEN NULL
        ELSE format(
            '%%s the %%s of the %%s (%%s)',
            pg_temp.pick('{Fix,Add,Speed up,Document,Remove,Rework}', pg_temp.chance(%(seed)s, 6, id)),
            pg_temp.pick('{parser,cache,queue,loader,report,scheduler}', pg_temp.chance(%(seed)s, 7, id)),
            pg_temp.pick('{agent,worktree,web API,command line}', pg_temp.chance(%(seed)s, 8, id)), id
        )
    END,
    CASE
        WHEN is_hostile THEN pg_temp.hostile(pg_temp.chance(%(seed)s, 9, id))
        WHEN pg_temp.chance(%(seed)s, 9, id) < 0.7 THEN 'Seen by user ' || mod(id, 97)
    END,
    pg_temp.pick('{P0,P1,P1,P2,P2,P2,P2,P3,P3,P4}', pg_temp.chance(%(seed)s, 10, id)),
    pg_temp.pick('{trivial,low,low,medium,medium,high,critical,NULL}', pg_temp.chance(%(seed)s, 11, id)),
    pg_temp.pick('{bug,bug,bug,feature,feature,task,task,chore,incident,hotfix,NULL}', pg_temp.chance(%(seed)s, 12, id)),
    pg_temp.pick('{miyabi/core,miyabi/core,miyabi/web,miyabi/agents,miyabi/infra}', pg_temp.chance(%(seed)s, 13, id)),
    created_at,
    date_trunc('milliseconds', least(greatest(updated_at, closed_at), %(end)s::timestamp)),
    CASE WHEN closed_at < %(end)s::timestamp THEN date_trunc('milliseconds', closed_at) END
FROM lived;

-- name: labels
INSERT INTO label_history (issue_id, label_name, applied_at, removed_at)
WITH stuck AS (
    SELECT
        id,
        id * 8 + nth AS k,
        created_at + pg_temp.wait('12 hours', pg_temp.chance(%(seed)s, 71, id * 8 + nth)) AS applied_at
    FROM issues
    CROSS JOIN LATERAL generate_series(1, floor(4 * pg_temp.chance(%(seed)s, 70, id))::integer) AS repeat (nth)
    WHERE id > %(issue_base)s
),

ended AS (
    SELECT
        *,
        CASE
            WHEN pg_temp.chance(%(seed)s, 72, k) < 0.3
                THEN applied_at + pg_temp.wait('3 days', pg_temp.chance(%(seed)s, 73, k))
        END AS removed_at
    FROM stuck
    WHERE applied_at < %(end)s::timestamp
)

SELECT
    id,
    CASE
        WHEN pg_temp.chance(%(seed)s, 74, k) < %(hostile)s
            THEN left(pg_temp.hostile(pg_temp.chance(%(seed)s, 75, k)), 100)
        ELSE pg_temp.pick(ARRAY[
            'P0', 'P1', 'P2', 'P3', 'P4', 'priority:p0', 'priority:P1', 'p2', 'status:in-review', 'status:in-progress',
            'status:In_Progress', 'STATUS:DONE', 'type:bug', 'bug', ' Bug ', 'documentation', 'comp:cli', 'component:core',
            'tech-debt', 'help wanted', 'effort:xl', 'impact:high', 'urgent', 'someone''s own label', 'phase:testing'
        ], pg_temp.chance(%(seed)s, 76, k))
    END,
    date_trunc('milliseconds', applied_at),
    CASE WHEN removed_at < %(end)s::timestamp THEN date_trunc('milliseconds', removed_at) END
FROM ended
-- Now and then the platform writes the same label twice.
CROSS JOIN LATERAL generate_series(1, 1 + (pg_temp.chance(%(seed)s, 77, k) < 0.01)::integer) AS repeat (nth);

-- name: last_ids
SELECT
    coalesce((SELECT max(id) FROM issues), 0) AS issues,
    coalesce((SELECT max(id) FROM agent_execution_logs), 0) AS executions,
    (SELECT min(created_at) FROM issues) AS first_issue,
    (SELECT max(created_at) FROM issues) AS last_issue;

-- name: put_keys_back
DO $$
DECLARE
    command text;
BEGIN
    FOR command IN SELECT held.command FROM put_back AS held ORDER BY held.step LOOP
        EXECUTE command;
    END LOOP;
END;
$$;
DROP TABLE put_back;

-- name: reviews
INSERT INTO review_results (
    issue_id, review_score, test_coverage_percent, security_issues_found, performance_issues_found, created_at
)
WITH written AS (
    SELECT
        id,
        created_at + pg_temp.wait('2 days', pg_temp.chance(%(seed)s, 41, id)) AS created_at
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 40, id) < 0.55
)

SELECT
    id,
    CASE
        WHEN pg_temp.chance(%(seed)s, 42, id) < %(hostile)s THEN 9.99
        WHEN pg_temp.chance(%(seed)s, 42, id) < 0.97 THEN pg_temp.chance(%(seed)s, 43, id)::numeric
    END,
    CASE WHEN pg_temp.chance(%(seed)s, 44, id) < 0.95 THEN (100 * sqrt(pg_temp.chance(%(seed)s, 45, id)))::numeric END,
    floor(5 * pg_temp.chance(%(seed)s, 46, id) ^ 4)::integer,
    floor(5 * pg_temp.chance(%(seed)s, 47, id) ^ 3)::integer,
    date_trunc('milliseconds', created_at)
FROM written
WHERE created_at < %(end)s::timestamp;

-- name: rows
SELECT
    (SELECT count(*) FROM issues) AS issues,
    (SELECT count(*) FROM agent_execution_logs) AS agent_execution_logs,
    (SELECT count(*) FROM code_gen_tasks) AS code_gen_tasks,
    (SELECT count(*) FROM review_results) AS review_results,
    (SELECT count(*) FROM deployment_pipelines) AS deployment_pipelines,
    (SELECT count(*) FROM commits) AS commits,
    (SELECT count(*) FROM label_history) AS label_history,
    (SELECT count(*) FROM worktree_states) AS worktree_states;

-- name: take_keys_away
-- Foreign keys and secondary indexes are cheaper to check and build once than row by row.
SET LOCAL maintenance_work_mem = '512MB';

CREATE TEMPORARY TABLE put_back ON COMMIT DROP AS
SELECT
    1 AS step,
    pg_get_indexdef(held.indexrelid) AS command,
    format('DROP INDEX %%s', held.indexrelid::regclass) AS undo
FROM pg_index AS held
INNER JOIN pg_class AS owner ON held.indrelid = owner.oid
WHERE
    owner.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_constraint AS made WHERE made.conindid = held.indexrelid)
UNION ALL
SELECT
    2 AS step,
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', held.conrelid::regclass, held.conname, pg_get_constraintdef(held.oid)),
    format('ALTER TABLE %%s DROP CONSTRAINT %%I', held.conrelid::regclass, held.conname)
FROM pg_constraint AS held
WHERE held.contype = 'f' AND held.connamespace = 'public'::regnamespace;

DO $$
DECLARE
    undo text;
BEGIN
    FOR undo IN SELECT held.undo FROM put_back AS held ORDER BY held.step DESC LOOP
        EXECUTE undo;
    END LOOP;
END;
$$;

-- name: worktrees
INSERT INTO worktree_states (
    associated_issue_id, worktree_path, branch_name, status, created_at, cleaned_up_at
)
WITH made AS (
    SELECT
        id,
        created_at + pg_temp.wait('3 hours', pg_temp.chance(%(seed)s, 81, id)) AS created_at
    FROM issues
    WHERE id > %(issue_base)s AND pg_temp.chance(%(seed)s, 80, id) < 0.35
),

ended AS (
    SELECT
        *,
        -- Some stay for good.
        CASE
            WHEN pg_temp.chance(%(seed)s, 87, id) < 0.85
                THEN created_at + pg_temp.wait('5 days', pg_temp.chance(%(seed)s, 82, id))
        END AS cleaned_up_at
    FROM made
    WHERE created_at < %(end)s::timestamp
)

SELECT
    id,
    CASE
        WHEN pg_temp.chance(%(seed)s, 83, id) < %(hostile)s THEN pg_temp.hostile(pg_temp.chance(%(seed)s, 84, id))
        -- Paths are used again for other issues.
        WHEN pg_temp.chance(%(seed)s, 84, id) < 0.15 THEN '.worktrees/shared-' || mod(id, 20)
        ELSE '.worktrees/issue-' || id
    END,
    'issue-' || id,
    CASE
        WHEN coalesce(cleaned_up_at, 'infinity') >= %(end)s::timestamp THEN 'active'
        ELSE pg_temp.pick('{merged,merged,merged,completed,abandoned}', pg_temp.chance(%(seed)s, 85, id))
    END,
    CASE WHEN pg_temp.chance(%(seed)s, 86, id) < 0.95 THEN date_trunc('milliseconds', created_at) END,
    CASE WHEN cleaned_up_at < %(end)s::timestamp THEN date_trunc('milliseconds', cleaned_up_at) END
FROM ended;

-- name: pull_requests
-- What only git and GitHub tell: lines of code, what became of them, and pull requests with their reviews.
ALTER TABLE commits
ADD COLUMN lines_added bigint, ADD COLUMN lines_deleted bigint, ADD COLUMN code_lines_added bigint,
ADD COLUMN code_lines_churned bigint, ADD COLUMN reverted_at timestamp;

WITH drawn AS (
    SELECT
        id,
        1 + floor(500 * pg_temp.chance(%(seed)s, 90, id) ^ 3)::bigint AS code_lines,
        floor(80 * pg_temp.chance(%(seed)s, 91, id) ^ 3)::bigint AS other_lines,
        committed_at + pg_temp.wait('4 days', pg_temp.chance(%(seed)s, 92, id)) AS reverted_at
    FROM commits
)

UPDATE commits AS made
SET
    lines_added = drawn.code_lines + drawn.other_lines,
    lines_deleted = floor(drawn.code_lines * pg_temp.chance(%(seed)s, 93, made.id))::bigint,
    code_lines_added = drawn.code_lines,
    code_lines_churned = floor(drawn.code_lines * 0.4 * pg_temp.chance(%(seed)s, 94, made.id) ^ 2)::bigint,
    reverted_at = CASE
        WHEN pg_temp.chance(%(seed)s, 95, made.id) < 0.03 AND drawn.reverted_at < %(end)s::timestamp
            THEN date_trunc('seconds', drawn.reverted_at)
    END
FROM drawn
WHERE made.id = drawn.id;

-- Connections may have left theirs, without rows.
DROP TABLE IF EXISTS pull_requests;
CREATE TABLE pull_requests (
    id bigint PRIMARY KEY,
    issue_id bigint,
    repository text,
    number bigint,
    state text,
    author text,
    head_branch text,
    base_branch text,
    created_at timestamp,
    updated_at timestamp,
    ready_at timestamp,
    first_review_at timestamp,
    first_human_review_at timestamp,
    merged_at timestamp,
    closed_at timestamp,
    review_rounds bigint,
    human_reviews bigint,
    bot_reviews bigint,
    lines_added bigint,
    lines_deleted bigint,
    changed_files bigint
);

INSERT INTO pull_requests
WITH opened AS (
    SELECT
        issue.id,
        issue.repository,
        min(made.author) AS author,
        min(made.committed_at) AS created_at,
        max(made.committed_at) AS pushed_at,
        sum(made.lines_added) AS lines_added,
        sum(made.lines_deleted) AS lines_deleted
    FROM commits AS made
    INNER JOIN issues AS issue ON made.pr_number = issue.id
    GROUP BY issue.id, issue.repository
),

-- Three in ten begin as a draft.
made_ready AS (
    SELECT
        *,
        CASE
            WHEN pg_temp.chance(%(seed)s, 96, id) < 0.3
                THEN created_at + pg_temp.wait('6 hours', pg_temp.chance(%(seed)s, 97, id))
        END AS ready_at,
        pg_temp.chance(%(seed)s, 98, id) < 0.85 AS has_reader
    FROM opened
),

reviewed AS (
    SELECT
        *,
        coalesce(ready_at, created_at) + pg_temp.wait('5 minutes', pg_temp.chance(%(seed)s, 99, id)) AS bot_at,
        CASE
            WHEN has_reader
                THEN coalesce(ready_at, created_at) + pg_temp.wait('7 hours', pg_temp.chance(%(seed)s, 100, id))
        END AS person_at
    FROM made_ready
),

ended AS (
    SELECT
        *,
        greatest(pushed_at, bot_at, person_at) + pg_temp.wait('5 hours', pg_temp.chance(%(seed)s, 101, id)) AS end_at,
        pg_temp.chance(%(seed)s, 102, id) < 0.93 AS is_merged,
        floor(3 * pg_temp.chance(%(seed)s, 103, id) ^ 2)::bigint AS rounds
    FROM reviewed
),

seen AS (
    SELECT
        *,
        date_trunc('seconds', created_at) AS opened_at,
        CASE WHEN end_at < %(end)s::timestamp THEN date_trunc('seconds', end_at) END AS over_at,
        CASE WHEN ready_at < %(end)s::timestamp THEN date_trunc('seconds', ready_at) END AS known_ready_at,
        CASE WHEN bot_at < %(end)s::timestamp THEN date_trunc('seconds', bot_at) END AS known_bot_at,
        CASE WHEN person_at < %(end)s::timestamp THEN date_trunc('seconds', person_at) END AS known_person_at
    FROM ended
)

SELECT
    id,
    id,
    repository,
    id,
    CASE WHEN over_at IS NULL THEN 'open' WHEN is_merged THEN 'merged' ELSE 'closed' END,
    author,
    'issue-' || id,
    'main',
    opened_at,
    greatest(opened_at, over_at, known_ready_at, known_bot_at, known_person_at),
    known_ready_at,
    least(known_bot_at, known_person_at),
    known_person_at,
    CASE WHEN is_merged THEN over_at END,
    over_at,
    rounds,
    CASE WHEN known_person_at IS NULL THEN 0 ELSE rounds + 1 END,
    CASE WHEN known_bot_at IS NULL THEN 0 ELSE 1 END,
    lines_added,
    lines_deleted,
    1 + floor(12 * pg_temp.chance(%(seed)s, 104, id) ^ 2)::bigint
FROM seen;

ANALYZE commits, pull_requests;
