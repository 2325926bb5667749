-- needs: mart_dora, mart_agent_impact
-- What metrics are computed from (sql/metrics): views of single rows, each with its business day and its dimensions. A column
-- that a metric does not ask for costs nothing: joins and subqueries behind it are left out of the query.

CREATE OR REPLACE VIEW v_metric_execution AS
SELECT
    fact.execution_id,
    fact.time_key,
    fact.completed_at,
    COALESCE(agent.agent_name, '(unknown)') AS agent,
    COALESCE(agent.agent_type, '(unknown)') AS agent_type,
    COALESCE(fact.llm_model, agent.ai_model, '(unknown)') AS model,
    COALESCE(fact.llm_provider, agent.ai_provider, '(unknown)') AS provider,
    ops.shown_repository(COALESCE(issue.repository, fact.repository)) AS repository,
    CASE
        WHEN fact.issue_id IS NULL THEN '(none)'
        ELSE ops.shown_repository(issue.repository) || '#' || COALESCE(issue.issue_number, fact.issue_id)
    END AS issue,
    COALESCE(issue.priority, '(unknown)') AS priority,
    fact.llm_cost_source AS cost_source,
    fact.issue_id,
    fact.issue_id IS NOT NULL AS has_issue,
    fact.success IS NOT NULL AS is_judged,
    COALESCE(fact.success, FALSE) AS is_success,
    CASE WHEN fact.llm_cost_is_suspect IS NOT TRUE THEN fact.llm_cost_usd END AS cost_usd,
    CASE WHEN fact.llm_cost_is_suspect THEN fact.llm_cost_usd END AS suspect_cost_usd,
    fact.llm_tokens_input AS tokens_input,
    fact.llm_tokens_output AS tokens_output,
    fact.llm_tokens_cache_read AS tokens_cache_read,
    fact.llm_tokens_cache_write AS tokens_cache_write,
    fact.llm_tokens_input IS NOT NULL AND fact.llm_tokens_cache_read IS NOT NULL AS tells_cache,
    fact.execution_duration_ms / 1000.0 AS duration_seconds,
    fact.error_message,
    ops.issue_agent_word(fact.issue_id) AS made_with_agent
FROM fact_agent_execution AS fact
LEFT JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key
LEFT JOIN dim_issue AS issue ON fact.issue_key = issue.issue_key;
COMMENT ON VIEW v_metric_execution IS 'Completed agent executions as metrics count them, one row an execution.';
COMMENT ON COLUMN v_metric_execution.execution_id IS 'Execution''s id in the source.';
COMMENT ON COLUMN v_metric_execution.time_key IS 'Business day of completion, yyyymmdd.';
COMMENT ON COLUMN v_metric_execution.completed_at IS 'When it was completed.';
COMMENT ON COLUMN v_metric_execution.agent IS 'Name of the agent.';
COMMENT ON COLUMN v_metric_execution.agent_type IS 'Type of the agent in the catalogue; (unknown) for one that is not in it.';
COMMENT ON COLUMN v_metric_execution.model IS 'Model that answered; where the log names none, the one that the agent is set to.';
COMMENT ON COLUMN v_metric_execution.provider IS 'Who offers the model; (unknown) when not told.';
COMMENT ON COLUMN v_metric_execution.repository IS 'Repository of its issue, else its own; (unknown) when neither is told.';
COMMENT ON COLUMN v_metric_execution.issue IS 'Repository and number of the issue worked on, as acme/cli#12; (none) without one.';
COMMENT ON COLUMN v_metric_execution.priority IS 'Priority of the issue on that day; (unknown) without one.';
COMMENT ON COLUMN v_metric_execution.cost_source IS 'reported, estimated or unknown.';
COMMENT ON COLUMN v_metric_execution.issue_id IS 'Issue''s id in the source; null without one.';
COMMENT ON COLUMN v_metric_execution.has_issue IS 'Whether it worked on an issue that is known.';
COMMENT ON COLUMN v_metric_execution.is_judged IS 'Whether the log tells if it succeeded.';
COMMENT ON COLUMN v_metric_execution.is_success IS 'Whether it is known to have succeeded.';
COMMENT ON COLUMN v_metric_execution.cost_usd IS 'LLM cost, USD, estimates by their lower end; null when not known or when the report is suspect.';
COMMENT ON COLUMN v_metric_execution.suspect_cost_usd IS 'Reported cost far from the price list, USD; null for any other.';
COMMENT ON COLUMN v_metric_execution.tokens_input IS 'Tokens sent to the model, cached ones included; null when not known.';
COMMENT ON COLUMN v_metric_execution.tokens_output IS 'Tokens that the model answered; null when not known.';
COMMENT ON COLUMN v_metric_execution.tokens_cache_read IS 'The part of the input that was read from the cache; null when not told.';
COMMENT ON COLUMN v_metric_execution.tokens_cache_write IS 'The part of the input that was written to the cache; null when not told.';
COMMENT ON COLUMN v_metric_execution.tells_cache IS 'Whether input and what of it came from the cache are both told.';
COMMENT ON COLUMN v_metric_execution.duration_seconds IS 'Duration, seconds; null when not known.';
COMMENT ON COLUMN v_metric_execution.error_message IS 'The error as the log has it; text from outside.';
COMMENT ON COLUMN v_metric_execution.made_with_agent IS 'yes if any change of its issue was made with a coding agent, no if none was, unknown where that is not known.';

CREATE OR REPLACE VIEW v_metric_issue_day AS
SELECT
    fact.issue_id,
    fact.time_key,
    fact.process_date,
    ops.shown_repository(issue.repository) || '#' || COALESCE(issue.issue_number, fact.issue_id) AS issue,
    issue.title,
    ops.shown_repository(issue.repository) AS repository,
    COALESCE(issue.priority, '(unknown)') AS priority,
    COALESCE(issue.complexity, '(unknown)') AS complexity,
    COALESCE(agent.agent_name, '(unknown)') AS agent,
    COALESCE(agent.agent_type, '(unknown)') AS agent_type,
    fact.lines_of_code_generated AS lines_generated,
    fact.files_modified,
    fact.review_score,
    fact.test_coverage_percent / 100 AS test_coverage,
    ops.issue_agent_word(fact.issue_id) AS made_with_agent
FROM fact_issue_processing AS fact
LEFT JOIN dim_issue AS issue ON fact.issue_key = issue.issue_key
LEFT JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key;
COMMENT ON VIEW v_metric_issue_day IS 'Days of issues as metrics count them, one row an issue and business day on which something happened to it.';
COMMENT ON COLUMN v_metric_issue_day.issue_id IS 'Issue''s id in the source.';
COMMENT ON COLUMN v_metric_issue_day.time_key IS 'Business day, yyyymmdd.';
COMMENT ON COLUMN v_metric_issue_day.process_date IS 'The same as a date.';
COMMENT ON COLUMN v_metric_issue_day.issue IS 'Repository and number of the issue, as acme/cli#12.';
COMMENT ON COLUMN v_metric_issue_day.title IS 'Title on that day; text from outside.';
COMMENT ON COLUMN v_metric_issue_day.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_metric_issue_day.priority IS 'P0 to P4 on that day; (unknown) where it had none.';
COMMENT ON COLUMN v_metric_issue_day.complexity IS 'trivial to critical on that day; (unknown) where it had none.';
COMMENT ON COLUMN v_metric_issue_day.agent IS 'Agent of the day''s last execution; (unknown) where none worked.';
COMMENT ON COLUMN v_metric_issue_day.agent_type IS 'Type of that agent; (unknown) where none worked.';
COMMENT ON COLUMN v_metric_issue_day.lines_generated IS 'Lines of the code generation last updated on that day; null without one.';
COMMENT ON COLUMN v_metric_issue_day.files_modified IS 'Its files; null without one.';
COMMENT ON COLUMN v_metric_issue_day.review_score IS 'Score of the last review, as known at the end of the day; null without one.';
COMMENT ON COLUMN v_metric_issue_day.test_coverage IS 'Share of the code that tests cover by the last review, 0 to 1; null when not known.';
COMMENT ON COLUMN v_metric_issue_day.made_with_agent IS 'yes if any change of the issue was made with a coding agent, no if none was, unknown where that is not known.';

-- Success or failure is told by the function; what needs a look elsewhere is a subquery, run only where it is asked for.
CREATE OR REPLACE VIEW v_metric_deployment AS
SELECT
    done.deployment_id,
    done.time_key,
    done.deployed_at,
    done.repository,
    done.deployment_status,
    done.issue_id,
    issue.issue_number,
    issue.title AS issue_title,
    done.is_success,
    done.is_failure,
    COALESCE(
        done.is_success AND (
            ops.version_is(done.issue_key, rework.kinds)
            OR EXISTS (
                SELECT 1
                FROM dora_known_rows(state.open_from * 100) AS part
                WHERE
                    part.release_deployment_id = done.deployment_id
                    AND ops.version_is(part.issue_key, rework.kinds)
                OFFSET 0
            )
        ),
        FALSE
    ) AS is_rework,
    done.is_success AND (done.deployment_id, done.deployed_at) IN (
        SELECT
            filed.deployment_id,
            filed.deployed_at
        FROM v_dora_incident AS filed
        WHERE filed.deployment_id IS NOT NULL
    ) AS has_incident,
    CASE WHEN done.starts_failure_run THEN extract(EPOCH FROM done.recovered_at - done.deployed_at) / 3600 END AS recovery_hours,
    done.recovered_by_deployment_id,
    done.recovered_at,
    (
        SELECT told.why
        FROM v_dora_deployment AS told
        WHERE told.deployment_id = done.deployment_id AND told.deployed_at = done.deployed_at
        LIMIT 1
    ) AS why,
    ops.agent_word(ops.deployment_agent_share(done.deployment_id, done.deployed_at)) AS made_with_agent,
    ops.deployment_agent_share(done.deployment_id, done.deployed_at) AS agent_share,
    done.is_success AND (SELECT ops.mart_dora_first_month() IS NOT NULL) AS tells_incident
FROM ops.mart_state AS state
CROSS JOIN LATERAL dora_deployments(state.open_from * 100) AS done
CROSS JOIN (
    -- OFFSET 0 has the setting read once, not for each row.
    SELECT ops.setting_kinds('rework_types', 'incident,hotfix') AS kinds
    FROM generate_series(1, 1)
    OFFSET 0
) AS rework
LEFT JOIN dim_issue AS issue ON done.issue_key = issue.issue_key
WHERE state.mart = 'mart_dora';
COMMENT ON VIEW v_metric_deployment IS
'Production deployments that reached an end as metrics count them: the rows of v_dora_deployment, of which a question reads only what it asks for.';
COMMENT ON COLUMN v_metric_deployment.deployment_id IS 'Deployment''s id in the source.';
COMMENT ON COLUMN v_metric_deployment.time_key IS 'Business day of deployed_at, yyyymmdd.';
COMMENT ON COLUMN v_metric_deployment.deployed_at IS 'When it first was deployed.';
COMMENT ON COLUMN v_metric_deployment.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_metric_deployment.deployment_status IS 'SUCCESS, FAILED, ROLLED_BACK or PARTIAL.';
COMMENT ON COLUMN v_metric_deployment.issue_id IS 'Issue deployed, of a release the first; null when the source names none.';
COMMENT ON COLUMN v_metric_deployment.issue_number IS 'Number by which people know the issue; null when there is none.';
COMMENT ON COLUMN v_metric_deployment.issue_title IS 'Title of the issue''s version in force; text from outside.';
COMMENT ON COLUMN v_metric_deployment.is_success IS 'Counts as a deployment.';
COMMENT ON COLUMN v_metric_deployment.is_failure IS 'Counts as a failure.';
COMMENT ON COLUMN v_metric_deployment.is_rework IS 'A success with an issue whose type or label is in the setting rework_types.';
COMMENT ON COLUMN v_metric_deployment.has_incident IS 'A success that at least one incident is attributed to.';
COMMENT ON COLUMN v_metric_deployment.recovery_hours IS 'Hours to the repository''s next success; null unless it starts a run of failures that ended.';
COMMENT ON COLUMN v_metric_deployment.recovered_by_deployment_id IS 'The success that ended the failure; null for a success, or while there is none.';
COMMENT ON COLUMN v_metric_deployment.recovered_at IS 'When that was deployed.';
COMMENT ON COLUMN v_metric_deployment.why IS 'How it counts, in words.';
COMMENT ON COLUMN v_metric_deployment.made_with_agent IS 'yes if any of its changes was made with a coding agent, no if none was, unknown where that is not known.';
COMMENT ON COLUMN v_metric_deployment.agent_share IS 'Mean agent_share of its changes of which it is known; null where made_with_agent is unknown.';
COMMENT ON COLUMN v_metric_deployment.tells_incident IS 'A success, where an incident was ever recorded at all: only then it says something that it has none.';

-- All environments, as the question of the infrastructure counts them; DORA's deployments are those of production.
CREATE OR REPLACE VIEW v_metric_deployment_cost AS
SELECT
    fact.deployment_id,
    fact.time_key,
    fact.deployed_at,
    COALESCE(fact.repository, '(unknown)') AS repository,
    COALESCE(fact.environment, '(unknown)') AS environment,
    COALESCE(resource.resource_name, resource.resource_id, '(unknown)') AS resource,
    COALESCE(resource.instance_type, '(unknown)') AS instance_type,
    fact.deployment_status,
    fact.total_cost_usd AS cost_usd,
    fact.total_cost_usd IS NOT NULL AS tells_cost,
    fact.deployment_duration_seconds AS duration_seconds
FROM fact_deployment AS fact
LEFT JOIN dim_infrastructure AS resource ON fact.infrastructure_key = resource.infrastructure_key;
COMMENT ON VIEW v_metric_deployment_cost IS 'Deployments to every environment and what they cost: one row per deployment and issue.';
COMMENT ON COLUMN v_metric_deployment_cost.deployment_id IS 'Deployment''s id in the source.';
COMMENT ON COLUMN v_metric_deployment_cost.time_key IS 'Business day of deployed_at, yyyymmdd.';
COMMENT ON COLUMN v_metric_deployment_cost.deployed_at IS 'When it was deployed.';
COMMENT ON COLUMN v_metric_deployment_cost.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_metric_deployment_cost.environment IS 'Where to, by the catalogue of environments; (unknown) where the source does not say.';
COMMENT ON COLUMN v_metric_deployment_cost.resource IS 'What it ran on; (unknown) where not told.';
COMMENT ON COLUMN v_metric_deployment_cost.instance_type IS 'Type of that machine; (unknown) where not told.';
COMMENT ON COLUMN v_metric_deployment_cost.deployment_status IS 'SUCCESS, FAILED, ROLLED_BACK or PARTIAL.';
COMMENT ON COLUMN v_metric_deployment_cost.cost_usd IS 'USD; null where the source does not tell it.';
COMMENT ON COLUMN v_metric_deployment_cost.tells_cost IS 'Whether the cost is known.';
COMMENT ON COLUMN v_metric_deployment_cost.duration_seconds IS 'Duration, seconds; null when not known.';

-- As the question "cost per change" shares them: an issue's cost goes to the agents that worked on it and to the day of its
-- first deployment, its commits are shared among these by their executions, so that no commit counts twice.
CREATE OR REPLACE VIEW v_metric_change_cost AS
WITH deployed AS (
    SELECT DISTINCT ON (done.issue_id)
        done.issue_id,
        done.issue_key,
        done.repository,
        done.time_key,
        done.deployed_at
    FROM ops.mart_state AS state
    CROSS JOIN LATERAL dora_deployments(state.open_from * 100) AS done
    WHERE state.mart = 'mart_dora' AND done.is_success AND done.issue_id IS NOT NULL
    ORDER BY done.issue_id ASC, done.time_key ASC, done.deployed_at ASC
),

carried AS (
    SELECT
        known.issue_id,
        count(*) AS commits
    FROM ops.mart_state AS state
    CROSS JOIN LATERAL dora_known_commits(state.open_from * 100) AS known
    WHERE state.mart = 'mart_dora' AND known.deployment_id IS NOT NULL
    GROUP BY known.issue_id
),

worked AS (
    SELECT
        fact.issue_id,
        fact.agent_key,
        fact.llm_model,
        count(*) AS executions,
        sum(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_is_suspect IS NOT TRUE) AS cost_usd,
        sum(fact.llm_cost_usd) FILTER (WHERE fact.llm_cost_is_suspect) AS suspect_cost_usd
    FROM fact_agent_execution AS fact
    WHERE fact.issue_id IS NOT NULL
    GROUP BY fact.issue_id, fact.agent_key, fact.llm_model
)

SELECT
    deployed.issue_id,
    deployed.time_key,
    deployed.deployed_at,
    deployed.repository,
    deployed.repository || '#' || COALESCE(issue.issue_number, deployed.issue_id) AS issue,
    issue.title AS issue_title,
    COALESCE(agent.agent_name, '(unknown)') AS agent,
    COALESCE(agent.agent_type, '(unknown)') AS agent_type,
    COALESCE(worked.llm_model, agent.ai_model, '(unknown)') AS model,
    worked.executions,
    worked.cost_usd,
    worked.suspect_cost_usd,
    carried.commits * worked.executions / sum(worked.executions) OVER (PARTITION BY worked.issue_id) AS deployed_changes,
    ops.issue_agent_word(deployed.issue_id) AS made_with_agent
FROM deployed
INNER JOIN carried ON deployed.issue_id = carried.issue_id
INNER JOIN worked ON deployed.issue_id = worked.issue_id
LEFT JOIN dim_agent AS agent ON worked.agent_key = agent.agent_key
LEFT JOIN dim_issue AS issue ON deployed.issue_key = issue.issue_key;
COMMENT ON VIEW v_metric_change_cost IS
'What agents cost for the changes of issues that reached production, one row an issue, agent and model, on the day of the issue''s first successful deployment.';
COMMENT ON COLUMN v_metric_change_cost.issue_id IS 'Issue''s id in the source.';
COMMENT ON COLUMN v_metric_change_cost.time_key IS 'Business day of its first successful production deployment, yyyymmdd.';
COMMENT ON COLUMN v_metric_change_cost.deployed_at IS 'When that was.';
COMMENT ON COLUMN v_metric_change_cost.repository IS 'Repository of that deployment.';
COMMENT ON COLUMN v_metric_change_cost.issue IS 'Repository and number of the issue, as acme/cli#12.';
COMMENT ON COLUMN v_metric_change_cost.issue_title IS 'Title of the issue; text from outside.';
COMMENT ON COLUMN v_metric_change_cost.agent IS 'Agent that worked on it.';
COMMENT ON COLUMN v_metric_change_cost.agent_type IS 'Type of that agent; (unknown) when it is in no catalogue.';
COMMENT ON COLUMN v_metric_change_cost.model IS 'Model that answered; where the log names none, the one that the agent is set to.';
COMMENT ON COLUMN v_metric_change_cost.executions IS 'The agent''s executions on the issue, whenever they were.';
COMMENT ON COLUMN v_metric_change_cost.cost_usd IS 'Their LLM cost, USD, estimates by their lower end, without suspect reports; null when none is known.';
COMMENT ON COLUMN v_metric_change_cost.suspect_cost_usd IS 'Their suspect reports, USD; null without any.';
COMMENT ON COLUMN v_metric_change_cost.deployed_changes IS 'The issue''s deployed commits, the share of this agent and model by executions.';
COMMENT ON COLUMN v_metric_change_cost.made_with_agent IS 'yes if any change of the issue was made with a coding agent, no if none was, unknown where that is not known.';

-- One row a change: what the question of agents is answered from, and ten rows of which can be checked by hand.
CREATE OR REPLACE VIEW v_metric_change AS
SELECT
    change.change_key,
    change.change_type,
    change.time_key,
    change.day,
    date_trunc('month', change.day::timestamp)::date AS month,
    change.changed_at,
    change.repository,
    change.pr_number,
    change.issue_id,
    issue.issue_number,
    issue.title,
    change.kind,
    change.made_with_agent,
    change.made_with_agent = 'yes' AS is_with_agent,
    change.made_with_agent <> 'unknown' AS is_known,
    change.agent_share,
    array_to_string(change.agents, ', ') AS agents,
    array_to_string(change.models, ', ') AS models,
    change.commits,
    change.commits_with_agent,
    change.lines_added,
    change.lines_deleted,
    change.lines_added + change.lines_deleted AS size_lines,
    change.first_committed_at,
    change.deployment_id,
    change.deployed_at,
    change.deployed_time_key,
    change.lead_time_hours,
    change.deployed_at IS NOT NULL AS is_deployed,
    change.is_failed,
    change.is_settled,
    change.is_settled AND change.is_reverted AS is_reverted_14d,
    change.settled_lines_added,
    change.settled_lines_churned,
    change.settled_lines_added - change.settled_lines_churned AS surviving_lines,
    change.settled_lines_added IS NOT NULL AND change.cost_usd IS NOT NULL AS tells_line_cost,
    change.cost_usd,
    change.suspect_cost_usd,
    change.tokens_input,
    change.tokens_output,
    change.tokens_cache_read,
    change.tokens_input IS NOT NULL AND change.tokens_cache_read IS NOT NULL AS tells_cache,
    change.change_type = 'pull request' AS is_pull_request,
    pull.draft_hours,
    pull.first_review_hours,
    pull.review_hours,
    pull.merge_hours,
    pull.first_review_business_hours,
    pull.review_business_hours,
    pull.merge_business_hours,
    pull.review_rounds,
    pull.is_merged_without_review IS NOT NULL AS tells_review,
    COALESCE(pull.is_merged_without_review, FALSE) AS is_merged_without_review
FROM known_changes(0, 999912) AS change
LEFT JOIN fact_pull_request AS pull ON change.change_key = pull.change_key
LEFT JOIN dim_issue AS issue ON change.issue_id = issue.issue_id AND issue.is_current;
COMMENT ON VIEW v_metric_change IS
'Merged changes, one row each: a pull request, without one an issue''s commits, without either a single commit. With and without a coding agent.';
COMMENT ON COLUMN v_metric_change.change_key IS 'acme/cli!12 for a pull request, issue:7 (the source''s id) for an issue''s commits, else the commit''s sha.';
COMMENT ON COLUMN v_metric_change.change_type IS 'pull request, issue or commit.';
COMMENT ON COLUMN v_metric_change.time_key IS 'Business day of changed_at, yyyymmdd.';
COMMENT ON COLUMN v_metric_change.day IS 'The same as a date.';
COMMENT ON COLUMN v_metric_change.month IS 'First day of its month.';
COMMENT ON COLUMN v_metric_change.changed_at IS 'When it was merged; where that is not told, when its last commit was made.';
COMMENT ON COLUMN v_metric_change.repository IS 'Repository; (unknown) where the source names none.';
COMMENT ON COLUMN v_metric_change.pr_number IS 'Number of the pull request; null without one.';
COMMENT ON COLUMN v_metric_change.issue_id IS 'Issue''s id in the source; null without one.';
COMMENT ON COLUMN v_metric_change.issue_number IS 'Number by which people know the issue; null when there is none.';
COMMENT ON COLUMN v_metric_change.title IS 'Title of the issue; text from outside.';
COMMENT ON COLUMN v_metric_change.kind IS 'Type of its issue in lower case, such as bug or feature; (unknown) without one.';
COMMENT ON COLUMN v_metric_change.made_with_agent IS
'yes with any evidence (change_evidence); no without, where the repository had means in that month (agent_means); unknown where it had none.';
COMMENT ON COLUMN v_metric_change.is_with_agent IS 'Whether it is a yes.';
COMMENT ON COLUMN v_metric_change.is_known IS 'Whether it is a yes or a no.';
COMMENT ON COLUMN v_metric_change.agent_share IS 'Share of its commits with evidence, 0 to 1; null where unknown.';
COMMENT ON COLUMN v_metric_change.agents IS 'The coding agents that the evidence names.';
COMMENT ON COLUMN v_metric_change.models IS 'Their models as far as the evidence names them.';
COMMENT ON COLUMN v_metric_change.commits IS 'Its commits, without merges.';
COMMENT ON COLUMN v_metric_change.commits_with_agent IS 'Of these the ones with evidence.';
COMMENT ON COLUMN v_metric_change.lines_added IS 'Lines added; null when not told.';
COMMENT ON COLUMN v_metric_change.lines_deleted IS 'Lines deleted; null when not told.';
COMMENT ON COLUMN v_metric_change.size_lines IS 'Lines added and deleted; null when not told.';
COMMENT ON COLUMN v_metric_change.first_committed_at IS 'When its first commit was made; null when no commit of it is known.';
COMMENT ON COLUMN v_metric_change.deployment_id IS 'First successful production deployment that carries it; null without one.';
COMMENT ON COLUMN v_metric_change.deployed_at IS 'When that was; null without one.';
COMMENT ON COLUMN v_metric_change.deployed_time_key IS 'Business day of deployed_at, yyyymmdd; null without one.';
COMMENT ON COLUMN v_metric_change.lead_time_hours IS 'Hours from its first commit to deployed_at; null without one.';
COMMENT ON COLUMN v_metric_change.is_deployed IS 'Whether a successful production deployment carries it.';
COMMENT ON COLUMN v_metric_change.is_failed IS 'Whether a production deployment of its issue failed or was rolled back after its first commit.';
COMMENT ON COLUMN v_metric_change.is_settled IS 'Whether its 14 days were over on the last loaded day.';
COMMENT ON COLUMN v_metric_change.is_reverted_14d IS 'Whether it was taken back within 14 days; false while these are not over.';
COMMENT ON COLUMN v_metric_change.settled_lines_added IS
'Code lines that it brought to the main branch: without moves, white space, generated, vendored and lock files; null when not counted or not settled.';
COMMENT ON COLUMN v_metric_change.settled_lines_churned IS 'Of these the ones changed or removed within 14 days; null likewise.';
COMMENT ON COLUMN v_metric_change.surviving_lines IS 'Of these the ones that were not; null likewise.';
COMMENT ON COLUMN v_metric_change.tells_line_cost IS 'Whether both its cost and its surviving lines are known.';
COMMENT ON COLUMN v_metric_change.cost_usd IS
'Its issue''s LLM cost, USD, shared among the issue''s commits; without suspect reports, null when none is known.';
COMMENT ON COLUMN v_metric_change.suspect_cost_usd IS 'The same of suspect reports; null without any.';
COMMENT ON COLUMN v_metric_change.tokens_input IS 'Its issue''s input tokens, shared likewise; null when none are known.';
COMMENT ON COLUMN v_metric_change.tokens_output IS 'Its issue''s output tokens, shared likewise; null when none are known.';
COMMENT ON COLUMN v_metric_change.tokens_cache_read IS 'The part of tokens_input that was read from the cache; null when not told.';
COMMENT ON COLUMN v_metric_change.tells_cache IS 'Whether input and what of it came from the cache are both told.';
COMMENT ON COLUMN v_metric_change.is_pull_request IS 'Whether it is a pull request.';
COMMENT ON COLUMN v_metric_change.draft_hours IS 'Hours that its pull request was a draft; null where the source has no pull request of it.';
COMMENT ON COLUMN v_metric_change.first_review_hours IS 'Hours from ready to the first human review; null without one.';
COMMENT ON COLUMN v_metric_change.review_hours IS 'Hours from the first human review to the merge; null without one.';
COMMENT ON COLUMN v_metric_change.merge_hours IS 'Hours from ready to the merge; null where the source has no pull request of it.';
COMMENT ON COLUMN v_metric_change.first_review_business_hours IS 'first_review_hours of business days from 9 to 18 o''clock alone.';
COMMENT ON COLUMN v_metric_change.review_business_hours IS 'review_hours of business days from 9 to 18 o''clock alone.';
COMMENT ON COLUMN v_metric_change.merge_business_hours IS 'merge_hours of business days from 9 to 18 o''clock alone.';
COMMENT ON COLUMN v_metric_change.review_rounds IS 'How often it was handed back, and the review that ended it; null when not told.';
COMMENT ON COLUMN v_metric_change.tells_review IS 'Whether it is known who reviewed it.';
COMMENT ON COLUMN v_metric_change.is_merged_without_review IS 'Whether it is known that nobody but its author and bots had reviewed it.';

CREATE OR REPLACE VIEW v_metric_commit AS
SELECT
    told.*,
    COALESCE(known.made_with_agent, 'unknown') AS made_with_agent
FROM v_dora_lead_time AS told
LEFT JOIN bridge_change_commit AS known ON told.commit_sha = known.commit_sha;
COMMENT ON VIEW v_metric_commit IS 'The rows of v_dora_lead_time, and whether each commit was made with a coding agent.';
SELECT ops.copy_comments('v_dora_lead_time', 'v_metric_commit');
COMMENT ON COLUMN v_metric_commit.made_with_agent IS 'yes with any evidence; no without, where the repository had means in that month; unknown where it had none.';

CREATE OR REPLACE VIEW v_metric_delivered_issue AS
SELECT
    told.*,
    ops.issue_agent_word(told.issue_id) AS made_with_agent
FROM v_dora_change AS told;
COMMENT ON VIEW v_metric_delivered_issue IS 'The rows of v_dora_change, and whether each issue''s changes were made with a coding agent.';
SELECT ops.copy_comments('v_dora_change', 'v_metric_delivered_issue');
COMMENT ON COLUMN v_metric_delivered_issue.made_with_agent IS
'yes if any change of the issue was made with a coding agent, no if none was, unknown where that is not known.';

-- An incident belongs to the deployment that caused it.
CREATE OR REPLACE VIEW v_metric_incident AS
SELECT
    told.*,
    ops.agent_word(
        CASE WHEN told.deployment_id IS NOT NULL THEN ops.deployment_agent_share(told.deployment_id, told.deployed_at) END
    ) AS made_with_agent
FROM v_dora_incident AS told;
COMMENT ON VIEW v_metric_incident IS 'The rows of v_dora_incident, and whether the deployment that caused each was made with a coding agent.';
SELECT ops.copy_comments('v_dora_incident', 'v_metric_incident');
COMMENT ON COLUMN v_metric_incident.made_with_agent IS 'made_with_agent of the deployment that it is attributed to; unknown without one.';

CREATE OR REPLACE VIEW v_metric_run AS
SELECT
    run.run_id,
    run.pipeline,
    run.trigger,
    run.state::text AS state,
    (run.as_of AT TIME ZONE (SELECT ops.business_zone()))::date AS day,
    run.started_at,
    run.finished_at,
    run.state IN ('succeeded', 'failed', 'lost', 'cancelled') AS is_ended,
    run.state = 'succeeded' AS is_success,
    CASE
        WHEN run.state = 'succeeded' AND run.trigger IN ('schedule', 'catchup', 'manual', 'demo')
            THEN extract(EPOCH FROM run.finished_at - run.started_at) / 60
    END AS duration_minutes,
    run.reason,
    run.archive_path AS page
FROM ops.run AS run;
COMMENT ON VIEW v_metric_run IS 'Runs as metrics count them, on the business day of the moment that each took for now.';
COMMENT ON COLUMN v_metric_run.run_id IS 'Identifier of the run.';
COMMENT ON COLUMN v_metric_run.pipeline IS 'Pipeline or job.';
COMMENT ON COLUMN v_metric_run.trigger IS 'What started it.';
COMMENT ON COLUMN v_metric_run.state IS 'How it ended, or that it has not.';
COMMENT ON COLUMN v_metric_run.day IS 'Business day of the moment that it took for now.';
COMMENT ON COLUMN v_metric_run.started_at IS 'When it started.';
COMMENT ON COLUMN v_metric_run.finished_at IS 'When it ended; null while it runs.';
COMMENT ON COLUMN v_metric_run.is_ended IS 'Whether it ended by itself; one that was skipped for another did nothing and does not count.';
COMMENT ON COLUMN v_metric_run.is_success IS 'Whether it succeeded.';
COMMENT ON COLUMN v_metric_run.duration_minutes IS 'How long it took; null unless it succeeded over one interval of its own: backfills of many are no measure.';
COMMENT ON COLUMN v_metric_run.reason IS 'Why it ended as it did; null for a success.';
COMMENT ON COLUMN v_metric_run.page IS 'Folder of its page in the reports; null when it has none.';

CREATE OR REPLACE VIEW v_metric_quarantine AS
SELECT
    waiting.quarantine_id,
    (waiting.quarantined_at AT TIME ZONE (SELECT ops.business_zone()))::date AS day,
    waiting.quarantined_at,
    waiting.source_table,
    waiting.source_key,
    CASE WHEN waiting.field IS NULL THEN 'row' ELSE 'field' END AS kind,
    waiting.field,
    COALESCE(waiting.check_id, '(none)') AS check_id,
    waiting.state,
    waiting.reason,
    waiting.run_id
FROM ops.quarantine AS waiting;
COMMENT ON VIEW v_metric_quarantine IS 'What was quarantined as metrics count it, one row an entry, without its content.';
COMMENT ON COLUMN v_metric_quarantine.quarantine_id IS 'Number of the entry.';
COMMENT ON COLUMN v_metric_quarantine.day IS 'Business day on which it was quarantined.';
COMMENT ON COLUMN v_metric_quarantine.quarantined_at IS 'When that was.';
COMMENT ON COLUMN v_metric_quarantine.source_table IS 'Source table.';
COMMENT ON COLUMN v_metric_quarantine.source_key IS 'The row''s key there.';
COMMENT ON COLUMN v_metric_quarantine.kind IS 'row, or field where the rest of the row was loaded.';
COMMENT ON COLUMN v_metric_quarantine.field IS 'The field; null for a whole row.';
COMMENT ON COLUMN v_metric_quarantine.check_id IS 'Check that found it; (none) where none did.';
COMMENT ON COLUMN v_metric_quarantine.state IS 'open, loaded, discarded or vanished.';
COMMENT ON COLUMN v_metric_quarantine.reason IS 'The fault found; it may quote what the source holds.';
COMMENT ON COLUMN v_metric_quarantine.run_id IS 'Run that quarantined it.';

CREATE OR REPLACE VIEW v_metric_loaded_day AS
SELECT
    loaded.source_table,
    loaded.day,
    loaded.first_loaded_by AS run_id,
    run.pipeline,
    run.finished_at AS loaded_at,
    extract(EPOCH FROM run.finished_at - (loaded.day + 1)::timestamp AT TIME ZONE (SELECT ops.business_zone())) / 3600 AS delay_hours,
    run.archive_path AS page
FROM ops.loaded_day AS loaded
LEFT JOIN ops.run AS run ON loaded.first_loaded_by = run.run_id;
COMMENT ON VIEW v_metric_loaded_day IS 'Business days that were loaded, one row per day and source table, and how long after the day''s end.';
COMMENT ON COLUMN v_metric_loaded_day.source_table IS 'Source table.';
COMMENT ON COLUMN v_metric_loaded_day.day IS 'Business day.';
COMMENT ON COLUMN v_metric_loaded_day.run_id IS 'Run that loaded it first.';
COMMENT ON COLUMN v_metric_loaded_day.pipeline IS 'Its pipeline; null where the run is no longer recorded.';
COMMENT ON COLUMN v_metric_loaded_day.loaded_at IS 'When that run ended; null where it is no longer recorded.';
COMMENT ON COLUMN v_metric_loaded_day.delay_hours IS 'Hours from the day''s end to the end of that run; null where it is no longer recorded.';
COMMENT ON COLUMN v_metric_loaded_day.page IS 'Folder of the run''s page in the reports; null when it has none.';

-- A month's budget is spread over its days, so that a week has its share; the last decision up to a month is in force in it.
CREATE OR REPLACE VIEW v_metric_budget AS
WITH month AS (
    SELECT starts::date AS starts
    FROM (
        SELECT
            min(change.first_month) AS first_month,
            max(change.first_month) AS last_month
        FROM ops.budget_change AS change
    ) AS decided
    CROSS JOIN LATERAL generate_series(
        decided.first_month::timestamp,
        greatest(
            decided.last_month,
            (now() AT TIME ZONE (SELECT ops.business_zone()))::date,
            (SELECT max(loaded.day) FROM ops.loaded_day AS loaded WHERE loaded.source_table = 'agent_execution_logs')
        )::timestamp,
        INTERVAL '1 month'
    ) AS series (starts)
),

in_force AS (
    SELECT DISTINCT ON (month.starts, change.agent, change.model)
        month.starts,
        extract(DAY FROM month.starts + INTERVAL '1 month - 1 day')::integer AS days,
        change.agent,
        change.model,
        change.usd,
        change.changed_by,
        change.changed_at
    FROM month
    INNER JOIN ops.budget_change AS change ON month.starts >= change.first_month
    ORDER BY month.starts ASC, change.agent ASC, change.model ASC, change.change_id DESC
)

SELECT
    COALESCE(budget.agent, 'total') || COALESCE(' on ' || budget.model, '') AS budget,
    budget.agent,
    budget.model,
    budget.starts + number.of - 1 AS day,
    -- Rounded so that the shares of a month's days are the month's budget.
    round(budget.usd * number.of / budget.days, 6) - round(budget.usd * (number.of - 1) / budget.days, 6) AS budget_usd,
    spent.cost_usd,
    spent.executions,
    budget.changed_by,
    budget.changed_at
FROM in_force AS budget
CROSS JOIN LATERAL generate_series(1, budget.days) AS number (of)
CROSS JOIN LATERAL (
    SELECT
        sum(done.cost_usd) AS cost_usd,
        count(*) AS executions
    FROM v_metric_execution AS done
    WHERE
        done.time_key = to_char(budget.starts + number.of - 1, 'YYYYMMDD')::integer
        AND (budget.agent IS NULL OR done.agent = budget.agent)
        AND (budget.model IS NULL OR done.model = budget.model)
) AS spent
WHERE budget.usd IS NOT NULL;
COMMENT ON VIEW v_metric_budget IS
'Budgets for language models beside what was spent, one row per budget and business day. Budgets overlap: the total one has the cost of all agents.';
COMMENT ON COLUMN v_metric_budget.budget IS 'total, an agent, or either with a model: agent-review on claude-opus-4.';
COMMENT ON COLUMN v_metric_budget.agent IS 'Agent that it is for; null for all together.';
COMMENT ON COLUMN v_metric_budget.model IS 'Model that it is for; null for all together.';
COMMENT ON COLUMN v_metric_budget.day IS 'Business day.';
COMMENT ON COLUMN v_metric_budget.budget_usd IS 'The day''s share of the month''s budget, USD.';
COMMENT ON COLUMN v_metric_budget.cost_usd IS 'LLM cost of the day that it is for, as in v_metric_execution; null when none is known.';
COMMENT ON COLUMN v_metric_budget.executions IS 'Executions of the day that it is for.';
COMMENT ON COLUMN v_metric_budget.changed_by IS 'Who decided it.';
COMMENT ON COLUMN v_metric_budget.changed_at IS 'When that was.';
