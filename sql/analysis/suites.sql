-- '(all)' first, then each suite that was ever run.
SELECT named.name
FROM (SELECT DISTINCT suite AS name FROM ops.check_result UNION ALL SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;
