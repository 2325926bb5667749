-- '(all)' first, then each model that has run.
SELECT named.name
FROM (SELECT DISTINCT ai_model AS name FROM mart_agent_performance UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;
