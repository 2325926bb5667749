-- How rows of the connections were linked by the last sync that told, and why some were not.
SELECT
    link.what,
    CASE WHEN link.is_linked THEN 'linked' ELSE 'not linked' END AS outcome,
    link.reason,
    link.rows,
    array_to_string(link.examples, '; ') AS examples
FROM ops.link_coverage AS link
WHERE
    link.run_id = (
        SELECT told.run_id
        FROM ops.link_coverage AS told
        INNER JOIN ops.run AS run ON told.run_id = run.run_id
        ORDER BY run.run_number DESC
        LIMIT 1
    )
ORDER BY link.what, link.is_linked DESC, link.rows DESC, link.reason;
