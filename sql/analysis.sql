-- name: agents
-- '(all)' first, then each agent that has run.
SELECT named.name
FROM (SELECT DISTINCT agent_name AS name FROM mart_agent_performance UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: check_days
-- Results of checks by the business day on which their run took place, suite, severity and outcome.
SELECT
    (run.as_of AT TIME ZONE ops.business_zone())::date AS day,
    result.suite,
    result.severity,
    result.outcome,
    count(*) AS checks,
    sum(result.rows_failed) AS rows_failed
FROM ops.check_result AS result
INNER JOIN ops.run AS run ON result.run_id = run.run_id
WHERE
    (run.as_of AT TIME ZONE ops.business_zone())::date BETWEEN %(first_day)s AND %(last_day)s
    AND (%(suite)s = '(all)' OR result.suite = %(suite)s)
    AND (%(severity)s = '(all)' OR result.severity = %(severity)s)
    AND (%(outcome)s = '(all)' OR result.outcome = %(outcome)s)
GROUP BY 1, 2, 3, 4
ORDER BY 1 DESC, 2, 3, 4;

-- name: check_span
-- First and last business day on which a run checked anything; null when nothing ever was.
SELECT
    min((run.as_of AT TIME ZONE ops.business_zone())::date) AS first_day,
    max((run.as_of AT TIME ZONE ops.business_zone())::date) AS last_day
FROM ops.check_result AS result
INNER JOIN ops.run AS run ON result.run_id = run.run_id;

-- name: drift_columns
-- Columns of facts that may be null, as table.column.
SELECT fact.relname || '.' || attribute.attname AS name
FROM pg_class AS fact
INNER JOIN pg_namespace AS room ON fact.relnamespace = room.oid AND room.nspname = 'public'
INNER JOIN pg_attribute AS attribute ON fact.oid = attribute.attrelid AND attribute.attnum > 0 AND NOT attribute.attisdropped
WHERE
    fact.relkind = 'p' AND fact.relname LIKE 'fact\_%%' AND NOT attribute.attnotnull
    AND EXISTS (
        SELECT 1
        FROM pg_attribute AS calendar
        WHERE calendar.attrelid = fact.oid AND calendar.attname = 'time_key'
    )
ORDER BY fact.relname <> 'fact_agent_execution', fact.relname, attribute.attnum;

-- name: environments
-- '(all)' first, then each environment that was deployed to.
SELECT named.name
FROM (SELECT DISTINCT coalesce(environment, '(unknown)') AS name FROM fact_deployment UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: index_use
-- Indexes of the star and how often each was used since the statistics began; partitions under their parent's name.
SELECT
    coalesce(parent_table.relname, stats.relname) AS table_name,
    coalesce(parent_index.relname, stats.indexrelname) AS index_name,
    sum(stats.idx_scan)::bigint AS uses,
    round(sum(pg_relation_size(stats.indexrelid)) / 1e6, 2) AS size_mb,
    bool_or(index.indisunique) AS keeps_unique
FROM pg_stat_user_indexes AS stats
INNER JOIN pg_index AS index ON stats.indexrelid = index.indexrelid
LEFT JOIN pg_inherits AS link ON stats.indexrelid = link.inhrelid
LEFT JOIN pg_class AS parent_index ON link.inhparent = parent_index.oid
LEFT JOIN pg_index AS parent ON parent_index.oid = parent.indexrelid
LEFT JOIN pg_class AS parent_table ON parent.indrelid = parent_table.oid
WHERE stats.schemaname IN ('public', 'staging', 'ops')
GROUP BY 1, 2
ORDER BY size_mb DESC, table_name, index_name
LIMIT %(limit)s;

-- name: issues_wanted
-- Issues that have the priority now and that the agent has worked on; '(all)' asks for any.
SELECT issue.issue_id
FROM dim_issue AS issue
WHERE
    issue.is_current
    AND (%(priority)s = '(all)' OR coalesce(issue.priority, '(unknown)') = %(priority)s)
    AND (
        %(agent)s = '(all)'
        OR issue.issue_id IN (
            SELECT execution.issue_id
            FROM fact_agent_execution AS execution
            INNER JOIN dim_agent AS agent ON execution.agent_key = agent.agent_key
            WHERE agent.agent_name = %(agent)s
        )
    )
ORDER BY issue.issue_id;

-- name: models
-- '(all)' first, then each model that has run.
SELECT named.name
FROM (SELECT DISTINCT ai_model AS name FROM mart_agent_performance UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: quarantine_reasons
-- Rows in quarantine, by reason.
SELECT
    kept.reason,
    kept.source_table,
    kept.state,
    count(*) AS rows,
    min(kept.quarantined_at) AS first_at,
    max(kept.quarantined_at) AS last_at
FROM ops.quarantine AS kept
LEFT JOIN ops.run AS run ON kept.run_id = run.run_id
WHERE (coalesce(run.as_of, kept.quarantined_at) AT TIME ZONE ops.business_zone())::date BETWEEN %(first_day)s AND %(last_day)s
GROUP BY kept.reason, kept.source_table, kept.state
ORDER BY count(*) DESC, kept.reason, kept.source_table, kept.state
LIMIT %(limit)s;

-- name: repositories
-- '(all)' first, then each repository.
SELECT named.name
FROM (SELECT DISTINCT coalesce(repository, '(unknown)') AS name FROM mart_dora UNION SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: statements
-- Statements of this database, the longest in all first.
SELECT
    query_id,
    calls,
    mean_ms,
    total_s,
    rows,
    cache_hit_percent,
    query
FROM ops.statement_statistics()
ORDER BY total_s DESC, query_id
LIMIT %(limit)s;

-- name: suites
-- '(all)' first, then each suite that was ever run.
SELECT named.name
FROM (SELECT DISTINCT suite AS name FROM ops.check_result UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: impact_changes
-- Merged changes of a period, the latest first: each with what is compared, null where it does not tell it.
SELECT
    made.change_key,
    made.changed_at,
    ops.first_day_of(made.time_key / 100) AS month,
    made.repository,
    made.kind,
    made.made_with_agent,
    made.size_lines::double precision AS size_lines,
    made.first_review_hours::double precision AS first_review_hours,
    made.review_hours::double precision AS review_hours,
    made.merge_hours::double precision AS merge_hours,
    CASE WHEN made.tells_review THEN made.is_merged_without_review::integer::double precision END AS is_merged_without_review,
    made.lead_time_hours::double precision AS lead_time_hours,
    CASE WHEN made.is_deployed OR made.is_failed THEN made.is_failed::integer::double precision END AS is_failed,
    CASE WHEN made.is_settled THEN made.is_reverted_14d::integer::double precision END AS is_reverted,
    made.settled_lines_added::double precision AS settled_lines_added,
    made.settled_lines_churned::double precision AS settled_lines_churned,
    made.cost_usd::double precision AS cost_usd,
    CASE WHEN made.is_pull_request THEN made.cost_usd::double precision END AS pull_request_cost_usd,
    CASE WHEN made.tells_line_cost THEN made.cost_usd::double precision END AS line_cost_usd,
    made.surviving_lines::double precision AS surviving_lines
FROM v_metric_change AS made
WHERE
    made.day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(repository)s = '(all)' OR made.repository = %(repository)s)
ORDER BY made.changed_at DESC, made.change_key
LIMIT %(most)s;

-- name: impact_repositories
-- '(all)' first, then each repository that was changed.
SELECT named.name
FROM (SELECT DISTINCT repository AS name FROM fact_change UNION SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;

-- name: impact_months
-- Months of mart_agent_impact by group, of one repository or of all together.
SELECT
    ops.first_day_of(mart.year * 100 + mart.month) AS month,
    mart.made_with_agent,
    mart.changes,
    mart.agent_share_of_changes,
    mart.pull_requests,
    mart.code_lines_added,
    mart.deployments,
    mart.failed_deployments,
    mart.agent_share_of_deployments,
    mart.agent_share_of_failed_deployments,
    mart.is_provisional
FROM mart_agent_impact AS mart
WHERE
    mart.repository = %(repository)s
    AND ops.first_day_of(mart.year * 100 + mart.month) BETWEEN date_trunc('month', %(first_day)s::date) AND %(last_day)s
ORDER BY 1, 2;

-- name: impact_evidence
-- Of the merged changes of a period: by what evidence which agent is known, most changes first.
SELECT
    proof.agent,
    proof.model,
    proof.kind AS evidence,
    count(DISTINCT made.change_key) AS changes,
    count(DISTINCT proof.of_change) FILTER (WHERE proof.of_change <> made.change_key) AS commits
FROM fact_change AS made
LEFT JOIN bridge_change_commit AS part ON made.change_key = part.change_key
INNER JOIN change_evidence AS proof ON proof.of_change IN (part.commit_sha, made.change_key)
WHERE
    made.is_merged
    AND ops.day_of(made.time_key) BETWEEN %(first_day)s AND %(last_day)s
    AND (%(repository)s = '(all)' OR made.repository = %(repository)s)
GROUP BY proof.agent, proof.model, proof.kind
ORDER BY changes DESC, commits DESC, proof.agent, proof.model, proof.kind
LIMIT %(limit)s;

-- name: impact_means
-- Where evidence can be: of each repository the changes of a period by group, and the months in which it had means.
SELECT
    made.repository,
    count(*) FILTER (WHERE made.made_with_agent = 'yes') AS with_agent,
    count(*) FILTER (WHERE made.made_with_agent = 'no') AS without,
    count(*) FILTER (WHERE made.made_with_agent = 'unknown') AS unknown,
    ops.first_day_of(min(means.first_month)) AS evidence_since,
    ops.first_day_of(min(means.last_month)) AS evidence_until
FROM fact_change AS made
LEFT JOIN agent_means AS means ON made.repository = means.repository
WHERE
    made.is_merged
    AND ops.day_of(made.time_key) BETWEEN %(first_day)s AND %(last_day)s
    AND (%(repository)s = '(all)' OR made.repository = %(repository)s)
GROUP BY made.repository
ORDER BY with_agent DESC, without DESC, unknown DESC, made.repository
LIMIT %(limit)s;

-- name: impact_sessions
-- What the executions of a period cost, those that belong to a merged change and those that belong to none.
SELECT
    CASE WHEN linked.is_so THEN 'linked to a merged change' ELSE 'linked to none' END AS executions_are,
    count(*) AS executions,
    count(work.cost_usd) AS executions_with_cost,
    sum(work.cost_usd) AS cost_usd,
    sum(work.suspect_cost_usd) AS suspect_usd,
    sum(work.tokens_input) AS tokens_input,
    sum(work.tokens_output) AS tokens_output,
    sum(work.tokens_cache_read) FILTER (WHERE work.tells_cache)::numeric
    / nullif(sum(work.tokens_input) FILTER (WHERE work.tells_cache), 0) AS cache_hit_share
FROM v_metric_execution AS work
CROSS JOIN LATERAL (
    SELECT
        work.issue_id IS NOT NULL
        AND work.issue_id IN (SELECT made.issue_id FROM fact_change AS made WHERE made.is_merged AND made.issue_id IS NOT NULL) AS is_so
) AS linked
WHERE
    work.time_key BETWEEN to_char(%(first_day)s::date, 'YYYYMMDD')::integer AND to_char(%(last_day)s::date, 'YYYYMMDD')::integer
    AND (%(repository)s = '(all)' OR work.repository = %(repository)s)
GROUP BY linked.is_so
ORDER BY linked.is_so DESC;

-- name: impact_before_after
-- Of one repository, month by month, what became of its changes and what else changed; the first change with an agent.
SELECT
    made.month,
    count(*) AS changes,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY made.lead_time_hours::double precision) AS lead_time_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY made.merge_hours::double precision) AS merge_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY made.size_lines::double precision) AS size_lines,
    min(people.committed) AS people,
    min(first_one.at) AS first_with_agent
FROM v_metric_change AS made
LEFT JOIN (
    SELECT
        told.time_key / 100 AS month_key,
        count(DISTINCT told.author) AS committed
    FROM fact_code_change AS told
    WHERE ops.shown_repository(told.repository) = %(repository)s
    GROUP BY 1
) AS people ON made.time_key / 100 = people.month_key
CROSS JOIN (
    SELECT min(known.changed_at) AS at
    FROM fact_change AS known
    WHERE known.repository = %(repository)s AND known.is_merged AND known.made_with_agent = 'yes'
) AS first_one
WHERE made.repository = %(repository)s AND made.day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY made.month
ORDER BY made.month;

-- name: impact_rows
-- Merged changes of a period with their evidence, the latest of each group first.
SELECT
    made.made_with_agent,
    made.changed_at,
    made.repository,
    made.change_key,
    made.pr_number,
    made.title,
    made.kind,
    made.commits,
    made.commits_with_agent,
    made.size_lines,
    proof.evidence,
    proof.commit_sha
FROM (
    SELECT
        one.*,
        row_number() OVER (PARTITION BY one.made_with_agent ORDER BY one.changed_at DESC, one.change_key) AS place
    FROM v_metric_change AS one
    WHERE
        one.day BETWEEN %(first_day)s AND %(last_day)s
        AND (%(repository)s = '(all)' OR one.repository = %(repository)s)
) AS made
LEFT JOIN LATERAL (
    SELECT
        string_agg(DISTINCT told.kind || ': ' || told.detail, '; ') AS evidence,
        min(part.commit_sha) AS commit_sha
    FROM bridge_change_commit AS part
    LEFT JOIN change_evidence AS told ON told.of_change IN (part.commit_sha, made.change_key)
    WHERE part.change_key = made.change_key
) AS proof ON TRUE
WHERE made.place <= %(each)s
ORDER BY made.made_with_agent = 'unknown', made.made_with_agent DESC, made.changed_at DESC, made.change_key;
