-- '(all)' first, then each priority that an issue has now.
SELECT named.name
FROM (
    SELECT DISTINCT coalesce(priority, '(unknown)') AS name
    FROM dim_issue
    WHERE is_current AND issue_key <> -1
    UNION ALL
    SELECT '(all)'
) AS named
ORDER BY named.name <> '(all)', named.name;
