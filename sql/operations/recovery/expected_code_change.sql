-- By month, what the source's rows make and what the fact holds; a sha that occurs twice counts once, as its first commit, and a
-- short one as the commit that it begins.
SELECT
    month.key AS month_key,
    wanted.rows AS source_rows,
    wanted.amount AS source_amount,
    loaded.rows AS fact_rows,
    loaded.amount AS fact_amount
FROM unnest(%(months)s::integer []) AS month (key)
CROSS JOIN LATERAL (
    SELECT
        count(*) AS rows,
        coalesce(sum(change.id), 0) AS amount
    FROM staging.commits AS change
    LEFT JOIN staging.issues AS issue ON change.issue_id = issue.id
    WHERE
        ops.day_key(change.committed_at, %(business_timezone)s) / 100 = month.key
        AND NOT EXISTS (
            SELECT 1 FROM staging.commits AS earlier
            WHERE earlier.commit_sha = change.commit_sha AND earlier.id < change.id
        )
        AND (
            length(change.commit_sha) >= 40
            OR change.commit_sha = ops.whole_sha(change.commit_sha, coalesce(change.repository, issue.repository))
        )
) AS wanted
CROSS JOIN LATERAL (
    SELECT
        count(*) AS rows,
        coalesce(sum(fact.commit_id), 0) AS amount
    FROM fact_code_change AS fact
    WHERE fact.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
) AS loaded
ORDER BY month.key;
