-- Which version of an issue holds on a day: the one in force at the day's end, so from the day it begins until before the day
-- it ends. Days are reckoned once a version here, not once a row in each join.
DROP VIEW IF EXISTS remaining_fact_agent_execution, new_fact_agent_execution;
DROP TABLE IF EXISTS issue_version;
CREATE TABLE issue_version AS
SELECT
    version.issue_id,
    version.issue_key,
    ops.day_key(version.effective_date, %(business_timezone)s) AS from_key,
    coalesce(ops.day_key(version.expiration_date, %(business_timezone)s), 99999999) AS until_key,
    date_trunc('day', version.effective_date, %(business_timezone)s) AS from_at,
    coalesce(date_trunc('day', version.expiration_date, %(business_timezone)s), 'infinity') AS until_at
FROM dim_issue AS version
INNER JOIN (
    SELECT issue_id FROM touched_issue
    UNION
    -- All that executions name: read with them, or asked for in vain.
    SELECT id FROM raw_issues
    UNION
    SELECT id FROM vanished WHERE source_table = 'issues'
) AS needed (issue_id) ON version.issue_id = needed.issue_id;
ANALYZE issue_version;
