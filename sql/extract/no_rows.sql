-- The columns of a source query, without running it.
SELECT * FROM (
    /* rows */
) AS described
LIMIT 0;
