-- name: gather
-- Executions whose answers changed, and those whose issue may be another one now: a commit was made meanwhile or names their
-- session, an issue or a pull request of their branch came or went, their repository is connected now.
CREATE TEMPORARY TABLE touched_time ON COMMIT DROP AS
SELECT
    made.repository,
    made.committed_at AT TIME ZONE %(zone)s AS committed_at
FROM touched_commit AS touched
INNER JOIN landing.commit AS made ON touched.sha = made.sha AND touched.repository = made.repository;
CREATE INDEX ON touched_time (repository, committed_at);
ANALYZE touched_time;

-- OFFSET 0 has moments looked up by index, one execution after the other.
CREATE TEMPORARY TABLE touched_execution ON COMMIT DROP AS
SELECT
    copy.connection,
    copy.execution_id
FROM landing.answer AS changed
INNER JOIN landing.answer AS copy ON changed.connection = copy.connection AND changed.answer_id = copy.answer_id
WHERE changed.changed_by >= %(since)s
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM (
    SELECT
        repository,
        tsrange(min(committed_at), max(committed_at), '[]') AS span
    FROM touched_time
    GROUP BY repository
) AS touched
INNER JOIN agent_execution_logs AS known
    ON
        touched.repository = known.repository
        AND tsrange(known.started_at, known.completed_at + interval '5 minutes', '[]') && touched.span
WHERE
    EXISTS (
        SELECT FROM touched_time AS made
        WHERE
            made.repository = known.repository
            AND made.committed_at >= known.started_at
            AND made.committed_at <= known.completed_at + interval '5 minutes'
        OFFSET 0
    )
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM touched_commit AS touched
INNER JOIN landing.commit_session AS named ON touched.sha = named.sha AND touched.repository = named.repository
INNER JOIN agent_execution_logs AS known ON named.session_id = known.session_id
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM touched_key AS touched
INNER JOIN agent_execution_logs AS known
    ON touched.repository = known.repository AND touched.key = known.x_branch_key
WHERE known.x_branch_key IS NOT NULL
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM touched_key AS touched
INNER JOIN agent_execution_logs AS known ON touched.key = known.x_issue_key
WHERE known.x_issue_key IS NOT NULL
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM touched_key AS touched
INNER JOIN agent_execution_logs AS known
    ON touched.repository = known.repository AND known.branch = substr(touched.key, 8)
WHERE touched.key LIKE 'branch:%%'
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM touched_pull AS touched
INNER JOIN landing.pull_request AS pull ON touched.repository = pull.repository AND touched.number = pull.number
INNER JOIN agent_execution_logs AS known ON pull.repository = known.repository AND pull.head_branch = known.branch
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM new_repository AS fresh
INNER JOIN agent_execution_logs AS known ON fresh.repository = known.repository
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM new_repository AS fresh
INNER JOIN agent_execution_logs AS known ON known.x_folder = substring(fresh.repository FROM '[^/]+$')
WHERE known.x_folder IS NOT NULL
UNION
SELECT
    known.x_connection,
    known.x_execution
FROM new_repository AS fresh
INNER JOIN agent_execution_logs AS known
    ON split_part(known.x_issue_key, '#', 1) = fresh.repository
WHERE known.x_issue_key IS NOT NULL;
ANALYZE touched_execution;

-- An answer that several sessions have belongs to the one that began first. Its tokens are those of the copy that has most
-- output, for the last line of an answer alone has all of it. Where the agent was at the end counts, when it was in several
-- places. What differs most comes first in what is sorted by.
CREATE TEMPORARY TABLE told_execution ON COMMIT DROP AS
SELECT
    placed.connection,
    placed.execution_id,
    placed.model,
    row_number() OVER () AS number,
    min(placed.prompt_at) AS started_at,
    greatest(max(placed.answered_at), min(placed.prompt_at)) AS completed_at,
    sum(placed.tokens_input)::bigint AS tokens_input,
    sum(placed.tokens_output)::bigint AS tokens_output,
    sum(placed.tokens_cache_read)::bigint AS tokens_cache_read,
    sum(placed.tokens_cache_write)::bigint AS tokens_cache_write,
    sum(placed.tokens_cache_write_1h)::bigint AS tokens_cache_write_1h,
    sum(placed.tokens_reasoning)::bigint AS tokens_reasoning,
    sum(placed.cost_usd) AS cost_usd,
    coalesce(bool_and(placed.success), true) AS success,
    max(placed.provider) AS provider,
    min(placed.issue_key) AS issue_key,
    min(placed.issue_key) <> max(placed.issue_key) AS names_several,
    max(placed.session_id) FILTER (WHERE placed.place = 1) AS session_id,
    max(placed.agent_id) FILTER (WHERE placed.place = 1) AS agent_id,
    max(placed.branch) FILTER (WHERE placed.place = 1) AS branch,
    max(placed.branch_key) FILTER (WHERE placed.place = 1) AS branch_key,
    max(placed.repository) FILTER (WHERE placed.place = 1) AS told_repository,
    CASE
        WHEN coalesce(max(placed.repository) FILTER (WHERE placed.place = 1), '') NOT LIKE '%%/%%'
            THEN lower(
                coalesce(
                    substring(max(placed.folder) FILTER (WHERE placed.place = 1) FROM '([^/\\]+)[/\\]*$'),
                    max(placed.repository) FILTER (WHERE placed.place = 1)
                )
            )
    END AS folder
FROM (
    SELECT
        single.connection,
        single.execution_id,
        single.model,
        single.prompt_at,
        single.answered_at,
        single.tokens_input,
        single.tokens_output,
        single.tokens_cache_read,
        single.tokens_cache_write,
        single.tokens_cache_write_1h,
        single.tokens_reasoning,
        single.cost_usd,
        single.success,
        single.provider,
        single.issue_key,
        single.session_id,
        single.agent_id,
        single.branch,
        single.branch_key,
        single.repository,
        single.folder,
        row_number() OVER (
            PARTITION BY single.execution_id, single.connection, single.model
            ORDER BY single.answered_at DESC, single.answer_id DESC
        ) AS place
    FROM (
        SELECT DISTINCT ON (copies.answer_id, copies.connection)
            copies.connection,
            copies.answer_id,
            copies.execution_id,
            copies.model,
            copies.session_id,
            copies.prompt_at,
            copies.answered_at,
            copies.agent_id,
            copies.provider,
            copies.success,
            copies.folder,
            copies.repository,
            copies.branch,
            copies.branch_key,
            copies.issue_key,
            first_value(copies.tokens_input) OVER fullest AS tokens_input,
            first_value(copies.tokens_output) OVER fullest AS tokens_output,
            first_value(copies.tokens_cache_read) OVER fullest AS tokens_cache_read,
            first_value(copies.tokens_cache_write) OVER fullest AS tokens_cache_write,
            first_value(copies.tokens_cache_write_1h) OVER fullest AS tokens_cache_write_1h,
            first_value(copies.tokens_reasoning) OVER fullest AS tokens_reasoning,
            first_value(copies.cost_usd) OVER fullest AS cost_usd
        FROM (
            SELECT DISTINCT
                inside.connection,
                inside.answer_id
            FROM touched_execution AS touched
            INNER JOIN landing.answer AS inside
                ON touched.connection = inside.connection AND touched.execution_id = inside.execution_id
            WHERE inside.gone_at IS NULL
        ) AS touched
        INNER JOIN landing.answer AS copies ON touched.connection = copies.connection AND touched.answer_id = copies.answer_id
        WHERE copies.gone_at IS NULL
        WINDOW fullest AS (
            PARTITION BY copies.answer_id, copies.connection
            ORDER BY copies.tokens_output DESC, copies.session_at, copies.session_id
        )
        ORDER BY copies.answer_id, copies.connection, copies.session_at, copies.session_id
    ) AS single
    INNER JOIN touched_execution AS touched
        ON single.connection = touched.connection AND single.execution_id = touched.execution_id
) AS placed
GROUP BY placed.execution_id, placed.connection, placed.model;
ANALYZE told_execution (number, connection, told_repository, folder);

-- The repository is that of the folder's git remote; without one, the only connected repository of the folder's name.
CREATE TEMPORARY TABLE placed_execution ON COMMIT DROP AS
WITH named AS (
    SELECT
        folders.folder,
        min(known.repository) AS repository
    FROM (SELECT DISTINCT folder FROM told_execution WHERE folder IS NOT NULL) AS folders
    INNER JOIN landing.repository AS known ON substring(known.repository FROM '[^/]+$') = folders.folder
    GROUP BY folders.folder
    HAVING count(*) = 1
)

SELECT
    told.number,
    told.session_id,
    told.started_at,
    told.completed_at,
    told.branch,
    told.branch_key,
    told.issue_key,
    told.names_several,
    coalesce(known.repository, named.repository) AS connected,
    coalesce(known.repository, named.repository, told.told_repository) AS repository,
    CASE
        WHEN known.repository IS NOT NULL THEN 'remote'
        WHEN named.repository IS NOT NULL THEN 'folder name'
    END AS repository_link
FROM told_execution AS told
LEFT JOIN landing.repository AS known ON told.told_repository = known.repository
LEFT JOIN named ON told.folder = named.folder;
ANALYZE placed_execution (number, connected, branch);

-- Commits made in the meantime on the branch, as far as the branch is known.
CREATE TEMPORARY TABLE made_meanwhile ON COMMIT DROP AS
SELECT
    placed.number,
    made.sha,
    made.committed_at,
    issue.id AS issue_id
FROM placed_execution AS placed
CROSS JOIN LATERAL (
    SELECT
        inside.repository,
        inside.sha,
        inside.branch,
        inside.committed_at
    FROM landing.commit AS inside
    WHERE
        inside.repository = placed.connected
        AND inside.committed_at >= placed.started_at
        AND inside.committed_at <= placed.completed_at + interval '5 minutes'
        AND inside.gone_at IS NULL
    OFFSET 0
) AS made
LEFT JOIN landing.commit_link AS named
    ON made.sha = named.sha AND made.repository = named.repository AND named.place = 1 AND named.link <> 'release'
LEFT JOIN issues AS issue ON issue.x_key = landing.issue_row_key(named.key_repository, named.key)
WHERE made.branch IS NULL OR placed.branch IS NULL OR made.branch = placed.branch;
ANALYZE made_meanwhile (number);

-- Every issue that may be an execution's, by how it is known; the first way that names exactly one counts.
CREATE TEMPORARY TABLE linked_execution ON COMMIT DROP AS
WITH wanted AS (
    SELECT
        number,
        'named' AS link,
        1 AS strength,
        landing.key_repository(connected, issue_key) AS repository,
        landing.bare_key(issue_key) AS key
    FROM placed_execution
    WHERE issue_key IS NOT NULL AND NOT names_several
    UNION ALL
    SELECT
        number,
        'branch',
        3,
        landing.key_repository(connected, branch_key),
        landing.bare_key(branch_key)
    FROM placed_execution
    WHERE branch_key IS NOT NULL
    UNION ALL
    SELECT
        number,
        'branch',
        5,
        connected,
        'branch:' || branch
    FROM placed_execution
    WHERE branch IS NOT NULL
),

by_key AS (
    SELECT
        wanted.number,
        CASE WHEN pull.key IS NULL OR wanted.link = 'named' THEN wanted.link ELSE 'pull request' END AS link,
        wanted.strength,
        issue.id AS issue_id
    FROM wanted
    LEFT JOIN landing.pull_link AS pull
        ON
            wanted.repository = pull.repository
            AND wanted.key = pull.number_key
            AND NOT EXISTS (
                SELECT FROM landing.issue AS tracked
                WHERE tracked.repository = pull.repository AND tracked.key = pull.number_key AND tracked.gone_at IS NULL
            )
    INNER JOIN issues AS issue
        ON
            issue.x_key = landing.issue_row_key(
                coalesce(pull.key_repository, wanted.repository), coalesce(pull.key, wanted.key)
            )
            -- One that nothing names any more has none.
            AND issue.x_link IS NOT NULL
),

-- A session's work lies in the next commit that names it.
by_trailer AS (
    SELECT DISTINCT ON (placed.number)
        placed.number,
        'trailer' AS link,
        2 AS strength,
        issue.id AS issue_id
    FROM placed_execution AS placed
    INNER JOIN landing.commit_session AS named ON placed.session_id = named.session_id
    INNER JOIN landing.commit AS made ON named.sha = made.sha AND named.repository = made.repository
    INNER JOIN landing.commit_link AS link ON made.sha = link.sha AND made.repository = link.repository
    INNER JOIN issues AS issue ON issue.x_key = landing.issue_row_key(link.key_repository, link.key)
    WHERE made.gone_at IS NULL AND link.place = 1 AND link.link <> 'release' AND made.committed_at >= placed.started_at
    ORDER BY placed.number, made.committed_at, made.sha
),

-- The pull request of the branch; of several the first that was closed after the execution began. A branch that pull
-- requests go to is nobody's own.
by_pull AS (
    SELECT
        chosen.number,
        'pull request' AS link,
        4 AS strength,
        issue.id AS issue_id
    FROM (
        SELECT DISTINCT ON (placed.number)
            placed.number,
            pull.repository,
            pull.number AS pull_number
        FROM placed_execution AS placed
        INNER JOIN landing.pull_request AS pull
            ON placed.connected = pull.repository AND placed.branch = pull.head_branch
        WHERE
            pull.gone_at IS NULL
            AND placed.branch NOT IN (
                SELECT base.base_branch
                FROM landing.pull_request AS base
                WHERE base.repository = placed.connected AND base.base_branch IS NOT NULL
            )
        ORDER BY
            placed.number, coalesce(pull.closed_at < placed.started_at, false), pull.closed_at ASC NULLS LAST, pull.number DESC
    ) AS chosen
    INNER JOIN landing.pull_link AS link ON chosen.repository = link.repository AND chosen.pull_number = link.number
    INNER JOIN issues AS issue ON issue.x_key = landing.issue_row_key(link.key_repository, link.key)
),

candidate AS (
    SELECT
        number,
        link,
        strength,
        issue_id
    FROM by_key
    UNION ALL
    SELECT * FROM by_trailer
    UNION ALL
    SELECT * FROM by_pull
    UNION ALL
    SELECT
        number,
        'commits',
        6,
        issue_id
    FROM made_meanwhile
    WHERE issue_id IS NOT NULL
),

counted AS (
    SELECT
        number,
        strength,
        min(link) AS link,
        min(issue_id) AS issue_id,
        count(DISTINCT issue_id) AS issues
    FROM candidate
    GROUP BY number, strength
)

SELECT
    number,
    (array_agg(issue_id ORDER BY strength) FILTER (WHERE issues = 1))[1] AS issue_id,
    (array_agg(link ORDER BY strength) FILTER (WHERE issues = 1))[1] AS link
FROM counted
GROUP BY number;
ANALYZE linked_execution (number);

CREATE TEMPORARY TABLE new_execution ON COMMIT DROP AS
WITH latest AS (
    SELECT DISTINCT ON (number)
        number,
        sha
    FROM made_meanwhile
    ORDER BY number, committed_at DESC, sha
)

SELECT
    concat_ws(' | ', told.connection, told.execution_id, told.model) AS x_key,
    told.*,
    concat_ws(' | ', told.execution_id, told.model) AS external_id,
    placed.repository,
    placed.repository_link,
    linked.issue_id,
    linked.link,
    latest.sha AS commit_sha,
    CASE
        WHEN linked.issue_id IS NOT NULL THEN NULL
        WHEN placed.repository IS NULL THEN 'no repository known for the folder'
        WHEN placed.connected IS NULL THEN 'repository is not connected'
        WHEN linked.number IS NOT NULL OR placed.names_several THEN 'several issues'
        ELSE 'branch names no issue'
    END AS reason
FROM told_execution AS told
INNER JOIN placed_execution AS placed ON told.number = placed.number
LEFT JOIN linked_execution AS linked ON told.number = linked.number
LEFT JOIN latest ON told.number = latest.number;

-- name: merge
WITH merged AS (
    INSERT INTO agent_execution_logs AS known (
        issue_id, agent_id, started_at, completed_at, execution_duration_ms, llm_tokens_input, llm_tokens_output, llm_cost_usd,
        success, created_at, external_id, session_id, llm_model, llm_provider, llm_tokens_cache_read, llm_tokens_cache_write,
        llm_tokens_cache_write_1h, llm_tokens_reasoning, repository, branch, commit_sha, x_key, x_link, x_unlinked,
        x_repository_link, x_connection, x_execution, x_issue_key, x_branch_key, x_folder
    )
    SELECT
        fresh.issue_id,
        fresh.agent_id,
        fresh.started_at AT TIME ZONE %(zone)s,
        fresh.completed_at AT TIME ZONE %(zone)s,
        round(extract(EPOCH FROM fresh.completed_at - fresh.started_at) * 1000)::bigint,
        fresh.tokens_input,
        fresh.tokens_output,
        fresh.cost_usd,
        fresh.success,
        fresh.started_at AT TIME ZONE %(zone)s,
        fresh.external_id,
        fresh.session_id,
        fresh.model,
        fresh.provider,
        fresh.tokens_cache_read,
        fresh.tokens_cache_write,
        fresh.tokens_cache_write_1h,
        fresh.tokens_reasoning,
        fresh.repository,
        fresh.branch,
        fresh.commit_sha,
        fresh.x_key,
        fresh.link,
        fresh.reason,
        fresh.repository_link,
        fresh.connection,
        fresh.execution_id,
        fresh.issue_key,
        fresh.branch_key,
        fresh.folder
    FROM new_execution AS fresh
    ORDER BY fresh.completed_at, fresh.x_key
    ON CONFLICT (x_key) DO UPDATE SET
        issue_id = excluded.issue_id,
        agent_id = excluded.agent_id,
        started_at = excluded.started_at,
        completed_at = excluded.completed_at,
        execution_duration_ms = excluded.execution_duration_ms,
        llm_tokens_input = excluded.llm_tokens_input,
        llm_tokens_output = excluded.llm_tokens_output,
        llm_cost_usd = excluded.llm_cost_usd,
        success = excluded.success,
        created_at = excluded.created_at,
        session_id = excluded.session_id,
        llm_provider = excluded.llm_provider,
        llm_tokens_cache_read = excluded.llm_tokens_cache_read,
        llm_tokens_cache_write = excluded.llm_tokens_cache_write,
        llm_tokens_cache_write_1h = excluded.llm_tokens_cache_write_1h,
        llm_tokens_reasoning = excluded.llm_tokens_reasoning,
        repository = excluded.repository,
        branch = excluded.branch,
        commit_sha = excluded.commit_sha,
        x_link = excluded.x_link,
        x_unlinked = excluded.x_unlinked,
        x_repository_link = excluded.x_repository_link,
        x_issue_key = excluded.x_issue_key,
        x_branch_key = excluded.x_branch_key,
        x_folder = excluded.x_folder
    -- The rest of the row follows from its key and from these.
    WHERE (
        known.issue_id, known.agent_id, known.started_at, known.completed_at, known.llm_tokens_input, known.llm_tokens_output,
        known.llm_cost_usd, known.success, known.session_id, known.llm_provider, known.llm_tokens_cache_read,
        known.llm_tokens_cache_write, known.llm_tokens_cache_write_1h, known.llm_tokens_reasoning, known.repository,
        known.branch, known.commit_sha, known.x_link, known.x_unlinked, known.x_repository_link, known.x_issue_key,
        known.x_branch_key, known.x_folder
    ) IS DISTINCT FROM (
        excluded.issue_id, excluded.agent_id, excluded.started_at, excluded.completed_at, excluded.llm_tokens_input,
        excluded.llm_tokens_output, excluded.llm_cost_usd, excluded.success, excluded.session_id, excluded.llm_provider,
        excluded.llm_tokens_cache_read, excluded.llm_tokens_cache_write, excluded.llm_tokens_cache_write_1h,
        excluded.llm_tokens_reasoning, excluded.repository, excluded.branch, excluded.commit_sha, excluded.x_link,
        excluded.x_unlinked, excluded.x_repository_link, excluded.x_issue_key, excluded.x_branch_key, excluded.x_folder
    )
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM agent_execution_logs AS known
    USING touched_execution AS touched
    WHERE
        known.x_connection = touched.connection
        AND known.x_execution = touched.execution_id
        AND NOT EXISTS (SELECT FROM new_execution AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'agent_execution_logs' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_execution) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
