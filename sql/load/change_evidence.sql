-- Evidence that a coding agent made a change, of all changes that this batch touches: of commits that changed, of issues and
-- pull requests of which something did, and of commits made where and while an agent worked.
CREATE TABLE seen_commit AS
SELECT unnest(ARRAY[changed.old_commit_sha, changed.new_commit_sha]) AS commit_sha
FROM change_commits AS changed
UNION
SELECT made.commit_sha
FROM touched_issue AS touched
INNER JOIN staging.commits AS made ON touched.issue_id = made.issue_id
UNION
SELECT made.commit_sha
FROM (
    SELECT DISTINCT
        worked.repository,
        worked.started_at,
        worked.completed_at
    FROM stg_agent_execution_logs AS worked
    WHERE worked.repository IS NOT NULL
) AS worked
INNER JOIN staging.commits AS made
    ON
        worked.repository = made.repository
        AND worked.started_at - interval '1 hour' <= made.committed_at
        AND worked.completed_at + interval '1 hour' >= made.committed_at
UNION
SELECT made.commit_sha
FROM change_pull_requests AS changed
INNER JOIN staging.pull_requests AS pull ON changed.id = pull.id
INNER JOIN staging.commits AS made ON pull.repository = made.repository AND pull.number = made.pr_number
UNION
SELECT made.commit_sha
FROM ops.unjudged_month AS month
INNER JOIN staging.commits AS made
    ON
        ops.month_start(month.month_key, %(business_timezone)s) <= made.committed_at
        AND ops.month_start(ops.month_after(month.month_key), %(business_timezone)s) > made.committed_at;
DELETE FROM ops.unjudged_month;
ANALYZE seen_commit;

-- A change that lost a commit is touched as is the one that it went to.
CREATE TABLE touched_change AS
SELECT known.change_key
FROM seen_commit AS seen
INNER JOIN bridge_change_commit AS known ON seen.commit_sha = known.commit_sha
UNION
SELECT
    ops.change_key(
        coalesce(made.repository, issue.repository),
        made.pr_number,
        ops.named_issue(made.issue_id, issue.number, issue.title),
        made.commit_sha
    )
FROM seen_commit AS seen
INNER JOIN staging.commits AS made ON seen.commit_sha = made.commit_sha
LEFT JOIN staging.issues AS issue ON made.issue_id = issue.id
UNION
SELECT pull.change_key
FROM change_pull_requests AS changed
INNER JOIN new_fact_pull_request AS pull ON changed.id = pull.pull_request_id
WHERE pull.change_key IS NOT NULL
UNION
SELECT gone.change_key
FROM gone_pull_request AS gone;
CREATE UNIQUE INDEX ON touched_change (change_key);
ANALYZE touched_change;

CREATE TABLE judged_commit AS
SELECT judged.*
FROM ops.judged_commits(ARRAY(
    SELECT seen.commit_sha FROM seen_commit AS seen
    UNION
    SELECT known.commit_sha
    FROM touched_change AS touched
    INNER JOIN bridge_change_commit AS known ON touched.change_key = known.change_key
)) AS judged;
CREATE INDEX ON judged_commit (change_key);
ANALYZE judged_commit;

-- Where and when the change counts. One that is not merged counts nowhere; its moment is only a place to keep it.
CREATE TABLE judged_change AS
SELECT
    touched.change_key,
    coalesce(made.repository, pull.repository) AS repository,
    pull.pull_request_id,
    pull.author,
    pull.labels,
    moment.at AS changed_at,
    ops.day_key(moment.at, %(business_timezone)s) AS time_key
FROM touched_change AS touched
LEFT JOIN (
    SELECT
        judged.change_key,
        min(judged.repository) AS repository,
        max(judged.committed_at) AS last_committed_at
    FROM judged_commit AS judged
    GROUP BY judged.change_key
) AS made ON touched.change_key = made.change_key
LEFT JOIN (
    SELECT
        told.change_key,
        told.repository,
        told.pull_request_id,
        told.author,
        told.merged_at,
        told.created_at,
        staged.labels
    FROM fact_pull_request AS told
    INNER JOIN staging.pull_requests AS staged ON told.pull_request_id = staged.id
) AS pull ON touched.change_key = pull.change_key
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN pull.pull_request_id IS NULL THEN made.last_committed_at
            ELSE coalesce(pull.merged_at, pull.created_at)
        END AS at
) AS moment
WHERE moment.at IS NOT NULL;
CREATE UNIQUE INDEX ON judged_change (change_key);
ANALYZE judged_change;

CREATE UNLOGGED TABLE new_change_evidence AS
WITH line AS (
    SELECT
        judged.commit_sha,
        said.text
    FROM judged_commit AS judged
    CROSS JOIN string_to_table(judged.trailers, e'\n') AS said (text)
    WHERE said.text <> ''
),

-- A trailer that names the session; the same branch at that time; the issue, for a squash and for a source that knows no
-- branches.
worked AS (
    SELECT
        line.commit_sha,
        'named by a trailer' AS how,
        done.execution_id,
        done.session_id,
        done.agent_key,
        done.llm_model
    FROM line
    INNER JOIN fact_agent_execution AS done ON lower(substring(line.text FROM '([^\s:/]{8,})$')) = done.session_id
    UNION ALL
    SELECT
        judged.commit_sha,
        'on its branch at that time',
        done.execution_id,
        done.session_id,
        done.agent_key,
        done.llm_model
    FROM judged_commit AS judged
    CROSS JOIN generate_series(judged.day - interval '1 day', judged.day + interval '1 day', interval '1 day') AS near (day)
    INNER JOIN fact_agent_execution AS done
        ON judged.repository = done.repository AND to_char(near.day, 'YYYYMMDD')::integer = done.time_key
    WHERE
        CASE
            -- Two clocks may differ by an hour; on a branch of its own nobody else commits meanwhile.
            WHEN judged.branch = done.branch AND NOT ops.is_main_branch(done.branch)
                THEN
                    judged.committed_at >= done.started_at - interval '1 hour'
                    AND judged.committed_at <= done.completed_at + interval '1 hour'
            WHEN
                ops.is_main_branch(coalesce(judged.branch, 'main')) AND judged.pr_number IS NULL
                AND ops.is_main_branch(coalesce(done.branch, 'main'))
                THEN
                    judged.committed_at >= done.started_at
                    AND judged.committed_at <= done.completed_at + interval '5 minutes'
            ELSE false
        END
    UNION ALL
    SELECT
        judged.commit_sha,
        'on its issue',
        done.execution_id,
        done.session_id,
        done.agent_key,
        done.llm_model
    FROM judged_commit AS judged
    INNER JOIN fact_agent_execution AS done ON judged.issue_id = done.issue_id
    WHERE
        done.repository IS NULL
        OR (
            judged.branch IS NULL
            AND judged.pr_number IS NOT NULL
            AND done.started_at <= judged.committed_at + interval '1 hour'
        )
),

known_by AS (
    SELECT
        spelt.kind,
        spelt.text,
        known.agent,
        known.model
    FROM (
        SELECT
            'trailer' AS kind,
            line.text
        FROM line
        UNION
        SELECT
            'author',
            judged.author
        FROM judged_commit AS judged
        UNION
        SELECT
            'author',
            change.author
        FROM judged_change AS change
        UNION
        SELECT
            'label',
            label.text
        FROM judged_change AS change
        CROSS JOIN string_to_table(change.labels, e'\n') AS label (text)
        UNION
        SELECT
            'label',
            label.label_name
        FROM judged_commit AS judged
        INNER JOIN staging.label_history AS label ON judged.issue_id = label.issue_id
    ) AS spelt
    CROSS JOIN LATERAL ops.known_agent(spelt.kind, spelt.text) AS known
    WHERE known.agent IS NOT NULL
),

evidence AS (
    SELECT
        worked.commit_sha AS of_change,
        'session' AS kind,
        worked.how || ': ' || coalesce('session ' || worked.session_id, 'execution ' || worked.execution_id) AS detail,
        -- Agents that review, deploy or coordinate make no change.
        agent.agent_name AS agent,
        worked.llm_model AS model
    FROM worked
    INNER JOIN dim_agent AS agent
        ON worked.agent_key = agent.agent_key AND coalesce(agent.agent_type, 'CodeGen') = 'CodeGen'
    UNION ALL
    SELECT
        line.commit_sha,
        known.kind,
        line.text,
        known.agent,
        known.model
    FROM line
    INNER JOIN known_by AS known ON known.kind = 'trailer' AND line.text = known.text
    UNION ALL
    SELECT
        judged.commit_sha,
        known.kind,
        judged.author,
        known.agent,
        known.model
    FROM judged_commit AS judged
    INNER JOIN known_by AS known ON known.kind = 'author' AND judged.author = known.text
    UNION ALL
    SELECT
        change.change_key,
        known.kind,
        change.author,
        known.agent,
        known.model
    FROM judged_change AS change
    INNER JOIN known_by AS known ON known.kind = 'author' AND change.author = known.text
    UNION ALL
    SELECT
        change.change_key,
        known.kind,
        label.text,
        known.agent,
        known.model
    FROM judged_change AS change
    CROSS JOIN string_to_table(change.labels, e'\n') AS label (text)
    INNER JOIN known_by AS known ON known.kind = 'label' AND label.text = known.text
    UNION ALL
    SELECT
        judged.change_key,
        known.kind,
        label.label_name,
        known.agent,
        known.model
    FROM judged_commit AS judged
    INNER JOIN staging.label_history AS label ON judged.issue_id = label.issue_id
    INNER JOIN known_by AS known ON known.kind = 'label' AND label.label_name = known.text
),

place AS (
    SELECT
        judged.commit_sha AS of_change,
        judged.repository,
        judged.time_key
    FROM judged_commit AS judged
    UNION
    SELECT
        change.change_key,
        change.repository,
        change.time_key
    FROM judged_change AS change
    -- A commit that is a change by itself is there already.
    WHERE NOT EXISTS (SELECT FROM judged_commit AS own WHERE own.commit_sha = change.change_key)
)

SELECT
    evidence.of_change,
    evidence.kind,
    evidence.detail,
    min(evidence.agent) AS agent,
    min(evidence.model) AS model,
    place.repository,
    place.time_key
FROM evidence
INNER JOIN place ON evidence.of_change = place.of_change
GROUP BY evidence.of_change, evidence.kind, evidence.detail, place.repository, place.time_key;

SELECT merged.*
FROM ops.merge_rows(
    'new_change_evidence', 'change_evidence', ARRAY['of_change', 'kind', 'detail'],
    't.of_change IN (
        SELECT commit_sha FROM seen_commit UNION SELECT commit_sha FROM judged_commit UNION SELECT change_key FROM touched_change
    )', %(run_number)s, 'change_change_evidence'
) AS merged;
