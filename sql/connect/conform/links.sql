-- name: touch
-- What these syncs have changed, and what hangs on it: repositories, pull requests, commits.
CREATE TEMPORARY TABLE new_repository ON COMMIT DROP AS
SELECT named.repository
FROM (
    SELECT repository FROM landing.issue WHERE changed_by >= %(since)s
    UNION
    SELECT repository FROM landing.commit WHERE changed_by >= %(since)s
    UNION
    SELECT repository FROM landing.pull_request WHERE changed_by >= %(since)s
    UNION
    SELECT repository FROM landing.deployment WHERE changed_by >= %(since)s
) AS named
WHERE NOT EXISTS (SELECT FROM landing.repository AS known WHERE known.repository = named.repository);
INSERT INTO landing.repository (repository)
SELECT repository FROM new_repository;
ANALYZE new_repository (repository);

CREATE TEMPORARY TABLE touched_pull ON COMMIT DROP AS
SELECT
    repository,
    number
FROM landing.pull_request
WHERE changed_by >= %(since)s
UNION
SELECT
    repository,
    number
FROM landing.pull_request_issue
WHERE changed_by >= %(since)s
UNION
SELECT
    repository,
    number
FROM landing.pull_request_commit
WHERE changed_by >= %(since)s
UNION
-- The tracker has an issue under the number.
SELECT
    pull.repository,
    pull.number
FROM landing.issue AS issue
INNER JOIN landing.pull_request AS pull ON issue.repository = pull.repository AND issue.number = pull.number
WHERE issue.changed_by >= %(since)s
UNION
-- It names what is known now to be a pull request, or an issue of the tracker.
SELECT
    named.repository,
    named.number
FROM (
    SELECT
        repository,
        '#' || number AS key
    FROM landing.pull_request
    WHERE changed_by >= %(since)s
    UNION
    SELECT
        repository,
        key
    FROM landing.issue
    WHERE changed_by >= %(since)s
) AS changed
INNER JOIN landing.pull_request_issue AS named
    ON changed.repository = named.repository AND changed.key = named.issue_key
UNION
SELECT
    named.repository,
    named.number
FROM new_repository AS fresh
INNER JOIN landing.pull_request_issue AS named ON split_part(named.issue_key, '#', 1) = fresh.repository
WHERE named.issue_key LIKE '%%/%%#%%';
ANALYZE touched_pull;

CREATE TEMPORARY TABLE touched_commit ON COMMIT DROP AS
WITH changed AS (
    SELECT
        repository,
        sha
    FROM landing.commit
    WHERE changed_by >= %(since)s
    UNION
    SELECT
        repository,
        reverts
    FROM landing.commit
    WHERE changed_by >= %(since)s AND reverts IS NOT NULL
    UNION
    SELECT
        repository,
        sha
    FROM landing.commit_lines
    WHERE changed_by >= %(since)s
    UNION
    SELECT
        repository,
        sha
    FROM landing.commit_issue
    WHERE changed_by >= %(since)s
    UNION
    SELECT
        repository,
        sha
    FROM landing.pull_request_commit
    WHERE changed_by >= %(since)s
)

SELECT
    repository,
    sha
FROM changed
UNION
-- The merge of a pull request shows the lines that its own commits do not.
SELECT
    pull.repository,
    pull.merge_commit_sha
FROM changed
INNER JOIN landing.pull_request_commit AS member ON changed.repository = member.repository AND changed.sha = member.sha
INNER JOIN landing.pull_request AS pull ON member.repository = pull.repository AND member.number = pull.number
WHERE pull.merge_commit_sha IS NOT NULL
UNION
SELECT
    member.repository,
    member.sha
FROM touched_pull AS touched
INNER JOIN landing.pull_request_commit AS member
    ON touched.repository = member.repository AND touched.number = member.number
UNION
SELECT
    pull.repository,
    pull.merge_commit_sha
FROM touched_pull AS touched
INNER JOIN landing.pull_request AS pull ON touched.repository = pull.repository AND touched.number = pull.number
WHERE pull.merge_commit_sha IS NOT NULL
UNION
SELECT
    made.repository,
    made.sha
FROM touched_pull AS touched
INNER JOIN landing.commit AS made ON touched.repository = made.repository AND touched.number = made.pr_number
UNION
SELECT
    named.repository,
    named.sha
FROM touched_pull AS touched
INNER JOIN landing.commit_issue AS named
    ON touched.repository = named.repository AND named.issue_key = '#' || touched.number
UNION
SELECT
    named.repository,
    named.sha
FROM new_repository AS fresh
INNER JOIN landing.commit_issue AS named ON split_part(named.issue_key, '#', 1) = fresh.repository
WHERE named.issue_key LIKE '%%/%%#%%';
ANALYZE touched_commit;

-- Issues that are touched, by repository and key; those named so far first, those named from now on as they are found.
CREATE TEMPORARY TABLE touched_key (repository text, key text, PRIMARY KEY (repository, key)) ON COMMIT DROP;
INSERT INTO touched_key (repository, key)
SELECT
    repository,
    key
FROM landing.issue
WHERE changed_by >= %(since)s
UNION
SELECT
    known.key_repository,
    known.key
FROM touched_pull AS touched
INNER JOIN landing.pull_link AS known ON touched.repository = known.repository AND touched.number = known.number
UNION
SELECT
    known.key_repository,
    known.key
FROM touched_commit AS touched
INNER JOIN landing.commit_link AS known ON touched.repository = known.repository AND touched.sha = known.sha;

-- name: pulls
-- The issues of the pull requests touched: those that it closes or that the tracker has linked, else that of its branch,
-- else those of its title. One that has none is an issue of its own, so that a change without an issue is still a change.
DELETE FROM landing.pull_link AS known
USING touched_pull AS touched
WHERE known.repository = touched.repository AND known.number = touched.number;

INSERT INTO landing.pull_link (repository, number, number_key, key_repository, key, link)
WITH pull AS (
    SELECT touched.*
    FROM touched_pull AS touched
    WHERE EXISTS (
        SELECT FROM landing.pull_request AS there
        WHERE there.repository = touched.repository AND there.number = touched.number AND there.gone_at IS NULL
    )
),

named AS (
    SELECT
        pull.repository,
        pull.number,
        landing.key_repository(told.repository, told.issue_key) AS key_repository,
        landing.bare_key(told.issue_key) AS key,
        told.link,
        CASE told.link WHEN 'closing keyword' THEN 1 WHEN 'linked' THEN 1 WHEN 'branch' THEN 2 ELSE 3 END AS strength
    FROM pull
    INNER JOIN landing.pull_request_issue AS told ON pull.repository = told.repository AND pull.number = told.number
    WHERE told.gone_at IS NULL
),

ranked AS (
    SELECT
        named.*,
        rank() OVER (PARTITION BY named.repository, named.number ORDER BY named.strength) AS place
    FROM named
    INNER JOIN landing.repository AS known ON named.key_repository = known.repository
    -- Another pull request's number is no issue, unless the tracker has one of that number.
    WHERE
        NOT EXISTS (
            SELECT FROM landing.pull_request AS other
            WHERE
                other.repository = named.key_repository
                AND other.number = landing.key_number(named.key)
                AND other.gone_at IS NULL
        )
        OR EXISTS (
            SELECT FROM landing.issue AS tracked
            WHERE tracked.repository = named.key_repository AND tracked.key = named.key AND tracked.gone_at IS NULL
        )
)

SELECT DISTINCT ON (ranked.repository, ranked.number, ranked.key_repository, ranked.key)
    ranked.repository,
    ranked.number,
    '#' || ranked.number,
    ranked.key_repository,
    ranked.key,
    ranked.link
FROM ranked
WHERE ranked.place = 1
UNION ALL
SELECT
    pull.repository,
    pull.number,
    '#' || pull.number,
    pull.repository,
    '#' || pull.number,
    'pull request'
FROM pull
WHERE NOT EXISTS (SELECT FROM ranked WHERE ranked.repository = pull.repository AND ranked.number = pull.number);

SELECT landing.refresh_statistics('landing.pull_link', (SELECT count(*) FROM touched_pull), 'repository, number, key');
INSERT INTO touched_key (repository, key)
SELECT DISTINCT
    known.key_repository,
    known.key
FROM touched_pull AS touched
INNER JOIN landing.pull_link AS known ON touched.repository = known.repository AND touched.number = known.number
ON CONFLICT DO NOTHING;

-- name: commits
-- The issues of the commits touched, the strongest link first: trailer, closing keyword, subject, pull request, merged
-- branch. Of equals the lower number counts: a pull request is numbered after its issue. Besides the first only issues that
-- a commit closes as well are its issues, not those that a subject mentions.
DELETE FROM landing.commit_link AS known
USING touched_commit AS touched
WHERE known.repository = touched.repository AND known.sha = touched.sha;

INSERT INTO landing.commit_link (repository, sha, key_repository, key, link, place)
WITH told AS (
    SELECT
        touched.repository,
        touched.sha,
        landing.key_repository(named.repository, named.issue_key) AS key_repository,
        landing.bare_key(named.issue_key) AS key,
        CASE named.link WHEN 'trailer' THEN 1 WHEN 'closing keyword' THEN 2 WHEN 'subject' THEN 3 ELSE 5 END AS strength
    FROM touched_commit AS touched
    INNER JOIN landing.commit_issue AS named ON touched.sha = named.sha AND touched.repository = named.repository
    WHERE
        named.gone_at IS NULL
        AND EXISTS (
            SELECT FROM landing.commit AS made
            WHERE made.sha = named.sha AND made.repository = named.repository AND made.gone_at IS NULL
        )
    UNION ALL
    SELECT
        touched.repository,
        touched.sha,
        touched.repository,
        '#' || member.number,
        4
    FROM touched_commit AS touched
    INNER JOIN (
        SELECT
            repository,
            sha,
            pr_number AS number
        FROM landing.commit AS made
        -- The number of a pull request that nobody tells more of is no more than that: what its branch is for counts.
        WHERE
            pr_number IS NOT NULL
            AND gone_at IS NULL
            AND EXISTS (
                SELECT FROM landing.pull_request AS pull
                WHERE pull.repository = made.repository AND pull.number = made.pr_number AND pull.gone_at IS NULL
            )
        UNION ALL
        SELECT
            repository,
            sha,
            number
        FROM landing.pull_request_commit
        WHERE gone_at IS NULL
        UNION ALL
        SELECT
            repository,
            merge_commit_sha,
            number
        FROM landing.pull_request
        WHERE merged_at IS NOT NULL AND gone_at IS NULL
    ) AS member ON touched.sha = member.sha AND touched.repository = member.repository
),

resolved AS (
    SELECT
        told.repository,
        told.sha,
        coalesce(pull.key_repository, told.key_repository) AS key_repository,
        coalesce(pull.key, told.key) AS key,
        min(CASE WHEN pull.key IS NULL THEN told.strength ELSE 4 END) AS strength
    FROM told
    INNER JOIN landing.repository AS known ON told.key_repository = known.repository
    LEFT JOIN landing.pull_link AS pull
        ON
            told.key_repository = pull.repository
            AND told.key = pull.number_key
            AND NOT EXISTS (
                SELECT FROM landing.issue AS tracked
                WHERE tracked.repository = pull.repository AND tracked.key = pull.number_key AND tracked.gone_at IS NULL
            )
    GROUP BY told.repository, told.sha, coalesce(pull.key_repository, told.key_repository), coalesce(pull.key, told.key)
),

placed AS (
    SELECT
        resolved.*,
        row_number() OVER in_order AS place,
        first_value(strength) OVER in_order AS strongest
    FROM resolved
    WINDOW in_order AS (PARTITION BY sha, repository ORDER BY strength, length(key), key, key_repository)
)

SELECT
    repository,
    sha,
    key_repository,
    key,
    (ARRAY['trailer', 'closing keyword', 'subject', 'pull request', 'merged branch'])[strength],
    place
FROM placed
WHERE place = 1 OR (strength = strongest AND strength IN (1, 2, 4));

SELECT landing.refresh_statistics('landing.commit_link', (SELECT count(*) FROM touched_commit), 'repository, sha, key');
INSERT INTO touched_key (repository, key)
SELECT DISTINCT
    known.key_repository,
    known.key
FROM touched_commit AS touched
INNER JOIN landing.commit_link AS known ON touched.repository = known.repository AND touched.sha = known.sha
ON CONFLICT DO NOTHING;

-- Trailers that name a session, whatever the tool calls them.
DELETE FROM landing.commit_session AS known
USING touched_commit AS touched
WHERE known.repository = touched.repository AND known.sha = touched.sha;
INSERT INTO landing.commit_session (repository, sha, session_id)
SELECT
    made.repository,
    made.sha,
    lower(substring(trailer.text FROM '([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\s*$'))
FROM touched_commit AS touched
INNER JOIN landing.commit AS made ON touched.sha = made.sha AND touched.repository = made.repository
CROSS JOIN unnest(made.trailers) AS trailer (text)
WHERE
    made.gone_at IS NULL
    AND trailer.text ~* '^[a-z-]*session[a-z-]*:.*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$'
ON CONFLICT DO NOTHING;
