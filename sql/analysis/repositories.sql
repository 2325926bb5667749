-- '(all)' first, then each repository.
SELECT named.name
FROM (SELECT DISTINCT coalesce(repository, '(unknown)') AS name FROM mart_dora UNION SELECT '(all)') AS named
ORDER BY named.name <> '(all)', named.name;
