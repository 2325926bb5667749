-- name: gather
-- One row a sha, whichever connections tell of it. The commits of a pull request that a squash has lost stay with their
-- issue: its lead time begins with the first of them. The squash itself is then what a merge commit is, the last commit of
-- the change and no work of its own: is_merge, and without lines where its commits tell theirs. So a change looks the same
-- however it was merged, and no line counts twice.
CREATE TEMPORARY TABLE squashed_commit ON COMMIT DROP AS
SELECT
    pull.repository,
    pull.merge_commit_sha AS sha,
    min(pull.number) AS number,
    bool_or(own.lines_added IS NOT NULL) AS tells_lines,
    bool_or(own.sha IS NOT NULL) AS has_own
FROM touched_commit AS touched
INNER JOIN landing.pull_request AS pull
    ON touched.sha = pull.merge_commit_sha AND touched.repository = pull.repository
LEFT JOIN landing.pull_request_commit AS member
    ON pull.repository = member.repository AND pull.number = member.number AND member.gone_at IS NULL
LEFT JOIN landing.commit AS own ON member.sha = own.sha AND member.repository = own.repository AND own.gone_at IS NULL
WHERE pull.gone_at IS NULL AND pull.merged_at IS NOT NULL
GROUP BY pull.repository, pull.merge_commit_sha
-- A pull request whose own commit is its merge was taken over as it is.
HAVING bool_and(member.sha IS DISTINCT FROM pull.merge_commit_sha);
ANALYZE squashed_commit;

CREATE TEMPORARY TABLE new_commit ON COMMIT DROP AS
WITH made AS (
    SELECT
        landed.sha,
        landed.repository,
        max(landed.author) AS author,
        min(landed.committed_at) AS committed_at,
        bool_or(landed.is_merge) AS is_merge,
        max(landed.lines_added) AS lines_added,
        max(landed.lines_deleted) AS lines_deleted,
        max(landed.pr_number) AS pr_number,
        max(landed.branch) AS branch,
        max(array_to_string(landed.trailers, e'\n')) AS trailers
    FROM (SELECT DISTINCT sha FROM touched_commit) AS touched
    INNER JOIN landing.commit AS landed ON touched.sha = landed.sha
    WHERE landed.gone_at IS NULL
    GROUP BY landed.sha, landed.repository
)

SELECT DISTINCT ON (made.sha)
    made.sha AS commit_sha,
    issue.id AS issue_id,
    coalesce(
        made.pr_number,
        squashed.number,
        (
            SELECT min(member.number)
            FROM landing.pull_request_commit AS member
            WHERE member.sha = made.sha AND member.repository = made.repository AND member.gone_at IS NULL
        )
    ) AS pr_number,
    made.author,
    made.committed_at,
    made.repository,
    CASE WHEN squashed.has_own THEN true ELSE made.is_merge END AS is_merge,
    CASE WHEN squashed.tells_lines IS NOT TRUE THEN made.lines_added END AS lines_added,
    CASE WHEN squashed.tells_lines IS NOT TRUE THEN made.lines_deleted END AS lines_deleted,
    made.branch,
    nullif(made.trailers, '') AS trailers,
    -- What came to the main line is told of the squash or the merge that brought it, and of no commit of its own.
    code.lines_added AS code_lines_added,
    code.lines_churned AS code_lines_churned,
    (
        SELECT min(undo.committed_at)
        FROM landing.commit AS undo
        WHERE undo.reverts = made.sha AND undo.repository = made.repository AND undo.gone_at IS NULL
    ) AS reverted_at,
    named.link AS x_link,
    CASE
        WHEN named.link <> 'release' THEN NULL
        WHEN
            EXISTS (
                SELECT FROM landing.commit_issue AS unknown
                WHERE
                    unknown.sha = made.sha
                    AND unknown.repository = made.repository
                    AND unknown.gone_at IS NULL
                    AND NOT EXISTS (
                        SELECT FROM landing.repository AS known
                        WHERE known.repository = landing.key_repository(unknown.repository, unknown.issue_key)
                    )
            )
            THEN 'repository is not connected'
        ELSE 'names no issue'
    END AS x_unlinked
FROM made
LEFT JOIN LATERAL (
    SELECT
        max(counted.lines_added) AS lines_added,
        max(counted.lines_churned) AS lines_churned
    FROM landing.commit_lines AS counted
    WHERE counted.sha = made.sha AND counted.repository = made.repository AND counted.gone_at IS NULL
) AS code ON true
LEFT JOIN squashed_commit AS squashed ON made.sha = squashed.sha AND made.repository = squashed.repository
LEFT JOIN landing.commit_link AS named
    ON made.sha = named.sha AND made.repository = named.repository AND named.place = 1
LEFT JOIN issues AS issue ON issue.x_key = landing.issue_row_key(named.key_repository, named.key)
ORDER BY made.sha, named.link IS NULL OR named.link = 'release', made.repository;
ANALYZE new_commit (commit_sha);

-- name: merge
WITH merged AS (
    INSERT INTO commits AS known (
        commit_sha, issue_id, pr_number, author, committed_at, repository, is_merge, lines_added, lines_deleted, branch,
        trailers, code_lines_added, code_lines_churned, reverted_at, x_link, x_unlinked
    )
    SELECT
        fresh.commit_sha,
        fresh.issue_id,
        fresh.pr_number,
        fresh.author,
        fresh.committed_at AT TIME ZONE %(zone)s,
        fresh.repository,
        fresh.is_merge,
        fresh.lines_added,
        fresh.lines_deleted,
        fresh.branch,
        fresh.trailers,
        fresh.code_lines_added,
        fresh.code_lines_churned,
        fresh.reverted_at AT TIME ZONE %(zone)s,
        fresh.x_link,
        fresh.x_unlinked
    FROM new_commit AS fresh
    ORDER BY fresh.committed_at, fresh.commit_sha
    ON CONFLICT (commit_sha) DO UPDATE SET
        issue_id = excluded.issue_id,
        pr_number = excluded.pr_number,
        author = excluded.author,
        committed_at = excluded.committed_at,
        repository = excluded.repository,
        is_merge = excluded.is_merge,
        lines_added = excluded.lines_added,
        lines_deleted = excluded.lines_deleted,
        branch = excluded.branch,
        trailers = excluded.trailers,
        code_lines_added = excluded.code_lines_added,
        code_lines_churned = excluded.code_lines_churned,
        reverted_at = excluded.reverted_at,
        x_link = excluded.x_link,
        x_unlinked = excluded.x_unlinked
    WHERE (
        known.issue_id, known.pr_number, known.author, known.committed_at, known.repository, known.is_merge, known.lines_added,
        known.lines_deleted, known.branch, known.trailers, known.code_lines_added, known.code_lines_churned,
        known.reverted_at, known.x_link, known.x_unlinked
    ) IS DISTINCT FROM (
        excluded.issue_id, excluded.pr_number, excluded.author, excluded.committed_at, excluded.repository, excluded.is_merge,
        excluded.lines_added, excluded.lines_deleted, excluded.branch, excluded.trailers, excluded.code_lines_added,
        excluded.code_lines_churned, excluded.reverted_at, excluded.x_link, excluded.x_unlinked
    )
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM commits AS known
    USING (SELECT DISTINCT sha FROM touched_commit) AS touched
    WHERE
        known.commit_sha = touched.sha
        AND NOT EXISTS (SELECT FROM new_commit AS fresh WHERE fresh.commit_sha = known.commit_sha)
    RETURNING 1
)

SELECT
    'commits' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_commit) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
