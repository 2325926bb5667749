INSERT INTO commits (issue_id, commit_sha, pr_number, commit_message, author, committed_at)
WITH made AS (
    SELECT
        id,
        id * 8 + nth AS k,
        repeat.nth,
        created_at + pg_temp.wait('2 days', pg_temp.chance(%(seed)s, 61, id * 8 + nth)) AS committed_at
    FROM issues
    CROSS JOIN LATERAL generate_series(1, floor(5 * pg_temp.chance(%(seed)s, 60, id))::integer) AS repeat (nth)
    WHERE id > %(issue_base)s
)

SELECT
    -- One in ten names no issue.
    CASE WHEN pg_temp.chance(%(seed)s, 62, k) < 0.9 THEN id END,
    md5(%(seed)s || '/' || k) || left(md5(k || '/' || %(seed)s), 8),
    CASE WHEN pg_temp.chance(%(seed)s, 63, id) < 0.7 THEN id END,
    CASE
        WHEN pg_temp.chance(%(seed)s, 64, k) < %(hostile)s THEN pg_temp.hostile(pg_temp.chance(%(seed)s, 65, k))
        ELSE 'Work on #' || id
    END,
    'dev-' || (id * 7 + nth) %% 40,
    date_trunc('seconds', committed_at)
FROM made
WHERE committed_at < %(end)s::timestamp
