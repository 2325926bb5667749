-- What happened to each touched issue on each business day on which something did. A pure function of the source as it
-- stands: all days of the issue are computed anew, and days that no longer count leave the fact.
CREATE UNLOGGED TABLE new_fact_issue_processing AS
WITH execution AS (
    SELECT
        fact.issue_id,
        fact.time_key,
        sum(fact.execution_duration_ms) * 0.001 AS processing_duration_seconds,
        sum(fact.llm_cost_usd) AS ai_cost_usd,
        min(fact.started_at) AS started_at,
        max(fact.completed_at) AS completed_at,
        (array_agg(fact.agent_key ORDER BY fact.completed_at DESC, fact.execution_id DESC))[1] AS agent_key
    FROM fact_agent_execution AS fact
    WHERE fact.issue_id IN (SELECT touched.issue_id FROM touched_issue AS touched)
    GROUP BY fact.issue_id, fact.time_key
),

generation AS (
    SELECT
        task.issue_id,
        ops.day_key(coalesce(task.updated_at, task.created_at), %(business_timezone)s) AS time_key,
        sum(task.total_lines_generated)::bigint AS lines_of_code_generated,
        sum(task.total_files_generated)::bigint AS files_modified,
        sum(task.clippy_warnings)::bigint AS clippy_warnings,
        sum(task.fmt_issues)::bigint AS fmt_issues
    FROM staging.code_gen_tasks AS task
    INNER JOIN touched_issue AS touched ON task.issue_id = touched.issue_id
    GROUP BY 1, 2
),

review AS (
    SELECT
        written.issue_id,
        written.id,
        written.created_at,
        written.review_score,
        written.test_coverage_percent
    FROM staging.review_results AS written
    INNER JOIN touched_issue AS touched ON written.issue_id = touched.issue_id
),

deployment AS (
    SELECT
        fact.issue_id,
        fact.time_key,
        sum(fact.infrastructure_cost_usd) AS infrastructure_cost_usd,
        (array_agg(fact.deployment_status = 'SUCCESS' ORDER BY fact.deployed_at DESC, fact.deployment_id DESC, fact.end_number DESC))[1]
            AS deployment_success,
        (array_agg(fact.infrastructure_key ORDER BY fact.deployed_at DESC, fact.deployment_id DESC, fact.end_number DESC))[1]
            AS infrastructure_key
    FROM new_fact_deployment AS fact
    INNER JOIN touched_issue AS touched ON fact.issue_id = touched.issue_id
    GROUP BY fact.issue_id, fact.time_key
),

change AS (
    SELECT
        made.issue_id,
        ops.day_key(made.committed_at, %(business_timezone)s) AS time_key,
        (array_agg(made.commit_sha ORDER BY made.committed_at DESC, made.id DESC))[1] AS commit_sha,
        (
            array_agg(made.pr_number ORDER BY made.committed_at DESC, made.id DESC)
                FILTER (WHERE made.pr_number IS NOT NULL)
        )[1] AS pr_number
    FROM staging.commits AS made
    INNER JOIN touched_issue AS touched ON made.issue_id = touched.issue_id
    GROUP BY 1, 2
),

begun AS (
    SELECT
        started.issue_id,
        min(started.first_started_at) AS first_started_at
    FROM (
        SELECT
            execution.issue_id,
            min(execution.started_at) AS first_started_at
        FROM execution
        GROUP BY execution.issue_id
        UNION ALL
        -- Archived months have left the fact.
        SELECT
            archived.issue_id,
            archived.first_started_at
        FROM staging.archived_issue_start AS archived
        INNER JOIN touched_issue AS touched ON archived.issue_id = touched.issue_id
    ) AS started
    GROUP BY started.issue_id
),

closing AS (
    SELECT
        issue.id AS issue_id,
        ops.day_key(issue.closed_at, %(business_timezone)s) AS time_key,
        -- Closed before it was created: one of the two moments is wrong, and no lead time is known.
        CASE
            WHEN issue.created_at <= issue.closed_at THEN extract(EPOCH FROM issue.closed_at - issue.created_at) / 3600
        END AS lead_time_hours,
        -- What began after the closing was no work towards it.
        CASE
            WHEN begun.first_started_at <= issue.closed_at
                THEN extract(EPOCH FROM issue.closed_at - begun.first_started_at) / 3600
        END AS cycle_time_hours
    FROM staging.issues AS issue
    INNER JOIN touched_issue AS touched ON issue.id = touched.issue_id
    LEFT JOIN begun ON issue.id = begun.issue_id
    WHERE issue.closed_at IS NOT NULL
),

counted AS (
    SELECT issue_id, time_key FROM execution
    UNION
    SELECT issue_id, time_key FROM generation
    UNION
    SELECT issue_id, ops.day_key(created_at, %(business_timezone)s) FROM review
    UNION
    SELECT issue_id, time_key FROM deployment
    UNION
    SELECT issue_id, time_key FROM change
    UNION
    SELECT issue_id, time_key FROM closing
),

day AS MATERIALIZED (
    SELECT
        counted.issue_id,
        counted.time_key,
        calendar.full_date,
        (calendar.full_date + 1)::timestamp AT TIME ZONE %(business_timezone)s AS day_end
    FROM counted
    INNER JOIN dim_time AS calendar ON counted.time_key = calendar.time_key
),

reviewed AS (
    SELECT DISTINCT ON (day.issue_id, day.time_key)
        day.issue_id,
        day.time_key,
        review.review_score,
        review.test_coverage_percent
    FROM day
    INNER JOIN review ON day.issue_id = review.issue_id AND review.created_at < day.day_end
    ORDER BY day.issue_id, day.time_key, review.created_at DESC, review.id DESC
),

labelled AS (
    SELECT DISTINCT ON (day.issue_id, day.time_key)
        day.issue_id,
        day.time_key,
        label.label_key
    FROM day
    INNER JOIN staging.label_history AS spell
        ON
            day.issue_id = spell.issue_id
            AND spell.applied_at < day.day_end
            AND (spell.removed_at IS NULL OR spell.removed_at >= day.day_end)
    INNER JOIN dim_label AS label ON spell.label_name = label.label_name
    ORDER BY day.issue_id, day.time_key, label.label_priority ASC NULLS LAST, label.label_name COLLATE "C"
),

worktree AS (
    SELECT DISTINCT ON (used.associated_issue_id)
        used.associated_issue_id AS issue_id,
        known.worktree_key
    FROM staging.worktree_states AS used
    INNER JOIN touched_issue AS touched ON used.associated_issue_id = touched.issue_id
    INNER JOIN dim_worktree AS known ON used.worktree_path = known.worktree_path
    ORDER BY used.associated_issue_id, used.created_at DESC NULLS LAST, used.id DESC
)

SELECT
    day.time_key,
    day.full_date AS process_date,
    day.issue_id,
    coalesce(version.issue_key, -1) AS issue_key,
    coalesce(execution.agent_key, -1) AS agent_key,
    coalesce(labelled.label_key, -1) AS label_key,
    coalesce(worktree.worktree_key, -1) AS worktree_key,
    coalesce(deployment.infrastructure_key, -1) AS infrastructure_key,
    issue.number AS issue_number,
    execution.processing_duration_seconds,
    generation.lines_of_code_generated,
    generation.files_modified,
    reviewed.review_score,
    reviewed.test_coverage_percent,
    generation.clippy_warnings,
    generation.fmt_issues,
    generation.clippy_warnings = 0 AND generation.fmt_issues = 0 AS build_success,
    reviewed.test_coverage_percent >= %(test_coverage_threshold)s AS test_success,
    deployment.deployment_success,
    execution.ai_cost_usd,
    deployment.infrastructure_cost_usd,
    execution.started_at,
    execution.completed_at,
    closing.lead_time_hours,
    closing.cycle_time_hours,
    change.commit_sha,
    change.pr_number
FROM day
LEFT JOIN staging.issues AS issue ON day.issue_id = issue.id
LEFT JOIN execution ON day.issue_id = execution.issue_id AND day.time_key = execution.time_key
LEFT JOIN generation ON day.issue_id = generation.issue_id AND day.time_key = generation.time_key
LEFT JOIN deployment ON day.issue_id = deployment.issue_id AND day.time_key = deployment.time_key
LEFT JOIN change ON day.issue_id = change.issue_id AND day.time_key = change.time_key
LEFT JOIN closing ON day.issue_id = closing.issue_id AND day.time_key = closing.time_key
LEFT JOIN reviewed ON day.issue_id = reviewed.issue_id AND day.time_key = reviewed.time_key
LEFT JOIN labelled ON day.issue_id = labelled.issue_id AND day.time_key = labelled.time_key
LEFT JOIN worktree ON day.issue_id = worktree.issue_id
LEFT JOIN issue_version AS version
    ON
        day.issue_id = version.issue_id
        AND day.time_key >= version.from_key
        AND day.time_key < version.until_key;
ANALYZE new_fact_issue_processing (issue_id, time_key);
