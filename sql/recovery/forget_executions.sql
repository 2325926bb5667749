-- And issues that an execution of the window worked on.
UPDATE staging.issues AS issue
SET row_hash = 0
WHERE
    issue.id IN (
        SELECT fact.issue_id
        FROM fact_agent_execution AS fact
        WHERE fact.time_key / 100 = ANY(%(months)s::integer [])
    );
