-- Where each row version lies that a day could write, and which transaction wrote it.
SELECT md5(string_agg(version.place, ' ' ORDER BY version.place)) AS places
FROM (
    SELECT concat(tableoid, ctid, xmin) AS place FROM fact_agent_execution WHERE time_key > 20260101
    UNION ALL
    SELECT concat(tableoid, ctid, xmin) FROM fact_issue_processing
    UNION ALL
    SELECT concat(tableoid, ctid, xmin) FROM dim_issue
    UNION ALL
    SELECT concat(tableoid, ctid, xmin) FROM dim_agent
    UNION ALL
    SELECT concat(tableoid, ctid, xmin) FROM staging.issues
) AS version (place);
