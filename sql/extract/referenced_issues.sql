-- Issues that the rows just read refer to and that were not read with them.
SELECT DISTINCT child.{reference} AS id
FROM {raw} AS child
WHERE
    child.{reference} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM raw_issues AS seen WHERE seen.id = child.{reference})
ORDER BY id;
