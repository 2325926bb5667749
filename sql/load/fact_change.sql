-- Changes that the batch touches. When the months change in which a repository has means, so do the answers of those months: a
-- change without evidence is then a no, or unknown again.
CREATE TABLE new_agent_means AS
SELECT
    touched.repository,
    span.first_key / 100 AS first_month,
    span.last_key / 100 AS last_month
FROM (
    SELECT change.repository FROM judged_change AS change
    UNION
    SELECT ops.shown_repository(worked.repository) FROM stg_agent_execution_logs AS worked WHERE worked.repository IS NOT NULL
) AS touched
-- Least and greatest of an index, one after the other.
CROSS JOIN LATERAL (
    SELECT
        least(
            (SELECT min(known.time_key) FROM change_evidence AS known WHERE known.repository = touched.repository),
            (SELECT min(done.time_key) FROM fact_agent_execution AS done WHERE done.repository = touched.repository)
        ) AS first_key,
        greatest(
            (SELECT max(known.time_key) FROM change_evidence AS known WHERE known.repository = touched.repository),
            (SELECT max(done.time_key) FROM fact_agent_execution AS done WHERE done.repository = touched.repository)
        ) AS last_key
) AS span
WHERE span.first_key IS NOT NULL AND touched.repository <> '(unknown)';

SELECT merged.*
FROM ops.merge_rows(
    'new_agent_means', 'agent_means', ARRAY['repository'],
    't.repository IN (SELECT repository FROM judged_change UNION SELECT repository FROM new_agent_means)', %(run_number)s,
    'change_agent_means',
    ARRAY['first_month', 'last_month']
) AS merged;

CREATE TABLE restated_change AS
SELECT known.change_key
FROM change_agent_means AS changed
CROSS JOIN LATERAL (
    VALUES
    (least(changed.old_first_month, changed.new_first_month), greatest(changed.old_first_month, changed.new_first_month)),
    (least(changed.old_last_month, changed.new_last_month), greatest(changed.old_last_month, changed.new_last_month)),
    -- The first means, or the last ones lost: all between.
    (
        CASE WHEN changed.change <> 'updated' THEN coalesce(changed.old_first_month, changed.new_first_month) END,
        CASE WHEN changed.change <> 'updated' THEN coalesce(changed.old_last_month, changed.new_last_month) END
    )
) AS span (first_month, last_month)
INNER JOIN fact_change AS known
    ON
        changed.repository = known.repository
        AND span.first_month * 100 <= known.time_key
        AND span.last_month * 100 + 99 >= known.time_key
EXCEPT
SELECT touched.change_key
FROM touched_change AS touched;

INSERT INTO touched_change (change_key)
SELECT restated.change_key FROM restated_change AS restated;
INSERT INTO judged_commit
SELECT judged.*
FROM ops.judged_commits(ARRAY(
    SELECT known.commit_sha
    FROM restated_change AS restated
    INNER JOIN bridge_change_commit AS known ON restated.change_key = known.change_key
)) AS judged;
INSERT INTO judged_change (change_key, repository, changed_at, time_key)
SELECT
    known.change_key,
    known.repository,
    known.changed_at,
    known.time_key
FROM restated_change AS restated
INNER JOIN fact_change AS known ON restated.change_key = known.change_key;
ANALYZE touched_change;
ANALYZE judged_commit;
ANALYZE judged_change;

CREATE TABLE evident_commit AS
SELECT judged.commit_sha
FROM judged_commit AS judged
WHERE EXISTS (SELECT FROM change_evidence AS known WHERE known.of_change IN (judged.commit_sha, judged.change_key));
CREATE UNIQUE INDEX ON evident_commit (commit_sha);
ANALYZE evident_commit;

CREATE UNLOGGED TABLE new_fact_change AS
WITH spent AS (
    SELECT
        done.issue_id,
        sum(done.llm_cost_usd) FILTER (WHERE done.llm_cost_is_suspect IS NOT TRUE) AS cost_usd,
        sum(done.llm_cost_usd) FILTER (WHERE done.llm_cost_is_suspect) AS suspect_cost_usd,
        sum(done.llm_tokens_input) AS tokens_input,
        sum(done.llm_tokens_output) AS tokens_output,
        sum(done.llm_tokens_cache_read) AS tokens_cache_read
    FROM fact_agent_execution AS done
    WHERE done.issue_id IN (SELECT judged.issue_id FROM judged_commit AS judged)
    GROUP BY done.issue_id
),

-- Each of an issue's commits has an equal part of what the issue cost.
issue AS (
    SELECT
        named.issue_id,
        lower(filed.issue_type) AS kind,
        (
            SELECT count(DISTINCT made.commit_sha)
            FROM staging.commits AS made
            WHERE made.issue_id = named.issue_id
        ) AS commits
    FROM (SELECT DISTINCT judged.issue_id FROM judged_commit AS judged WHERE judged.issue_id IS NOT NULL) AS named
    LEFT JOIN staging.issues AS filed ON named.issue_id = filed.id
),

-- A merge, and a squash beside its commits, is no work of its own.
member AS (
    SELECT
        judged.*,
        evident.commit_sha IS NOT NULL AS has_evidence,
        NOT judged.is_merge OR bool_and(judged.is_merge) OVER (PARTITION BY judged.change_key) AS is_work
    FROM judged_commit AS judged
    LEFT JOIN evident_commit AS evident ON judged.commit_sha = evident.commit_sha
),

made AS (
    SELECT
        member.change_key,
        min(member.issue_id) AS issue_id,
        min(member.pr_number) AS pr_number,
        min(member.committed_at) FILTER (WHERE member.is_work) AS first_committed_at,
        count(*) FILTER (WHERE member.is_work) AS commits,
        count(*) FILTER (WHERE member.is_work AND member.has_evidence) AS commits_with_agent,
        sum(member.lines_added) AS lines_added,
        sum(member.lines_deleted) AS lines_deleted,
        sum(member.code_lines_added) AS code_lines_added,
        sum(member.code_lines_churned) AS code_lines_churned,
        min(member.reverted_at) AS reverted_at,
        (array_agg(coalesce(fact.deployment_id, kept.deployment_id) ORDER BY coalesce(fact.deployed_at, kept.deployed_at)))[1]
            AS deployment_id,
        min(coalesce(fact.deployed_at, kept.deployed_at)) AS deployed_at,
        sum(spent.cost_usd / issue.commits) AS cost_usd,
        sum(spent.suspect_cost_usd / issue.commits) AS suspect_cost_usd,
        sum(spent.tokens_input / issue.commits) AS tokens_input,
        sum(spent.tokens_output / issue.commits) AS tokens_output,
        sum(spent.tokens_cache_read / issue.commits) AS tokens_cache_read
    FROM member
    LEFT JOIN fact_code_change AS fact ON member.commit_sha = fact.commit_sha AND member.time_key = fact.time_key
    -- Of a month whose facts are in cold storage.
    LEFT JOIN dora_commit_closed AS kept ON member.commit_sha = kept.commit_sha AND fact.commit_sha IS NULL
    LEFT JOIN issue ON member.issue_id = issue.issue_id
    LEFT JOIN spent ON member.issue_id = spent.issue_id
    GROUP BY member.change_key
),

failed AS (
    SELECT DISTINCT member.change_key
    FROM member
    INNER JOIN made ON member.change_key = made.change_key
    WHERE
        member.issue_id IS NOT NULL
        AND (
            EXISTS (
                SELECT FROM fact_deployment AS done
                WHERE
                    done.issue_id = member.issue_id
                    AND done.environment = 'production'
                    AND coalesce(done.release_status, done.deployment_status) IN ('FAILED', 'ROLLED_BACK')
                    AND done.deployed_at >= made.first_committed_at
            )
            OR EXISTS (
                SELECT FROM dora_deployment_closed AS done
                WHERE
                    done.issue_id = member.issue_id
                    AND coalesce(done.release_status, done.deployment_status) IN ('FAILED', 'ROLLED_BACK')
                    AND done.deployed_at >= made.first_committed_at
            )
        )
),

agent AS (
    SELECT
        named.change_key,
        array_agg(DISTINCT known.agent ORDER BY known.agent) FILTER (WHERE known.agent IS NOT NULL) AS agents,
        array_agg(DISTINCT known.model ORDER BY known.model) FILTER (WHERE known.model IS NOT NULL) AS models
    FROM (
        SELECT judged.change_key, judged.commit_sha AS of_change FROM judged_commit AS judged
        UNION
        SELECT touched.change_key, touched.change_key FROM touched_change AS touched
    ) AS named
    INNER JOIN change_evidence AS known ON named.of_change = known.of_change
    GROUP BY named.change_key
)

SELECT
    change.change_key,
    CASE
        WHEN change.change_key LIKE '%%!%%' THEN 'pull request'
        WHEN starts_with(change.change_key, 'issue:') THEN 'issue'
        ELSE 'commit'
    END AS change_type,
    change.time_key,
    change.repository,
    coalesce(pull.number, CASE WHEN change.change_key LIKE '%%!%%' THEN made.pr_number END) AS pr_number,
    coalesce(made.issue_id, pull.issue_id) AS issue_id,
    coalesce(issue.kind, (SELECT lower(filed.issue_type) FROM staging.issues AS filed WHERE filed.id = pull.issue_id), '(unknown)')
        AS kind,
    change.changed_at,
    pull.pull_request_id IS NULL OR pull.merged_at IS NOT NULL AS is_merged,
    made.first_committed_at,
    coalesce(made.commits, 0)::integer AS commits,
    CASE WHEN made.commits > 0 THEN judged.commits_with_agent ELSE 0 END::integer AS commits_with_agent,
    CASE
        WHEN judged.word <> 'unknown' THEN round(coalesce(judged.commits_with_agent::numeric / made.commits, judged.whole), 6)
    END AS agent_share,
    judged.word AS made_with_agent,
    coalesce(agent.agents, '{}') AS agents,
    coalesce(agent.models, '{}') AS models,
    coalesce(pull.lines_added, made.lines_added) AS lines_added,
    coalesce(pull.lines_deleted, made.lines_deleted) AS lines_deleted,
    made.code_lines_added,
    made.code_lines_churned,
    made.reverted_at,
    made.deployment_id,
    made.deployed_at,
    ops.day_key(made.deployed_at, %(business_timezone)s) AS deployed_time_key,
    CASE
        WHEN made.deployed_at >= made.first_committed_at
            THEN round(extract(EPOCH FROM made.deployed_at - made.first_committed_at) / 3600, 6)
    END AS lead_time_hours,
    failed.change_key IS NOT NULL AS is_failed,
    round(made.cost_usd, 6) AS cost_usd,
    round(made.suspect_cost_usd, 6) AS suspect_cost_usd,
    round(made.tokens_input, 6) AS tokens_input,
    round(made.tokens_output, 6) AS tokens_output,
    round(made.tokens_cache_read, 6) AS tokens_cache_read
FROM judged_change AS change
LEFT JOIN made ON change.change_key = made.change_key
LEFT JOIN fact_pull_request AS pull ON change.change_key = pull.change_key
LEFT JOIN issue ON made.issue_id = issue.issue_id
LEFT JOIN failed ON change.change_key = failed.change_key
LEFT JOIN agent ON change.change_key = agent.change_key
LEFT JOIN agent_means AS means ON change.repository = means.repository
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN agent.change_key IS NOT NULL THEN 'yes'
            WHEN change.time_key / 100 BETWEEN means.first_month AND means.last_month THEN 'no'
            ELSE 'unknown'
        END AS word,
        CASE WHEN agent.change_key IS NULL THEN 0 ELSE 1 END AS whole,
        -- The message of a squash names an agent and its commits do not: at least one of them is the agent's.
        CASE WHEN agent.change_key IS NULL THEN 0 ELSE greatest(made.commits_with_agent, 1) END AS commits_with_agent
) AS judged;
ANALYZE new_fact_change (change_key);

SELECT merged.*
FROM ops.merge_rows(
    'new_fact_change', 'fact_change', ARRAY['change_key'],
    't.change_key IN (SELECT change_key FROM touched_change)', %(run_number)s, 'change_fact_change'
) AS merged;
