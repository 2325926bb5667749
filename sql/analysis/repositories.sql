-- '(all)' first, then each repository.
SELECT DISTINCT
    repository,
    repository <> '(all)' AS is_one
FROM mart_dora
ORDER BY is_one, repository;
