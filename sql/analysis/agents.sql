-- '(all)' first, then each agent that has run.
SELECT named.name
FROM (SELECT DISTINCT agent_name AS name FROM mart_agent_performance UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;
