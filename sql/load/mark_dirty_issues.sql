-- A version that was corrected in place, or an issue that was deleted, changes what the marts say of its facts, though no fact
-- was written; and the months in which a touched issue was filed or closed count it, fact or no fact (subject dim_issue).
WITH corrected AS MATERIALIZED (
    SELECT wanted.issue_id
    FROM wanted_issue AS wanted
    WHERE wanted.action = 'correct' OR (wanted.action = 'succeed' AND wanted.state = 'deleted')
)

SELECT
    ops.mark_dirty('fact_issue_processing', (
        SELECT array_agg(DISTINCT fact.time_key / 100)
        FROM new_fact_issue_processing AS fact
        WHERE fact.issue_id IN (SELECT corrected.issue_id FROM corrected)
    )) AS issues_marked,
    ops.mark_dirty('fact_deployment', (
        SELECT array_agg(DISTINCT fact.time_key / 100)
        FROM new_fact_deployment AS fact
        WHERE fact.issue_id IN (SELECT corrected.issue_id FROM corrected)
    )) AS deployments_marked,
    ops.mark_dirty('fact_code_change', (
        SELECT array_agg(DISTINCT month.key)
        FROM new_fact_code_change AS fact
        CROSS JOIN LATERAL unnest(ARRAY[fact.time_key / 100, fact.deployed_time_key / 100]) AS month (key)
        WHERE fact.issue_id IN (SELECT corrected.issue_id FROM corrected)
    )) AS changes_marked,
    ops.mark_dirty('dim_issue', (
        SELECT array_agg(DISTINCT ops.day_key(moment.at, %(business_timezone)s) / 100)
        FROM change_issues AS changed
        CROSS JOIN LATERAL unnest(
            ARRAY[changed.old_created_at, changed.new_created_at, changed.old_closed_at, changed.new_closed_at]
        ) AS moment (at)
        WHERE moment.at IS NOT NULL
    )) AS filings_marked;
