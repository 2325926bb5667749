-- '(all)' first, then each environment that was deployed to.
SELECT named.name
FROM (SELECT DISTINCT coalesce(environment, '(unknown)') AS name FROM fact_deployment UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;
