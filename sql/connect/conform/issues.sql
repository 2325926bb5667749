-- name: gather
-- What a tracker has of an issue counts before what pull requests and commits that name it tell. Where no tracker tells its
-- state, an issue is created with its first commit or pull request, and closed when a pull request of its own is; else with
-- the first release that carries it, since git knows no other end of a change.
ANALYZE touched_key;
CREATE TEMPORARY TABLE new_issue ON COMMIT DROP AS
WITH tracked AS (
    SELECT DISTINCT ON (landed.repository, landed.key)
        landed.*,
        landed.state IS NOT NULL OR landed.created_at IS NOT NULL AS is_tracked
    FROM touched_key AS touched
    INNER JOIN landing.issue AS landed ON touched.repository = landed.repository AND touched.key = landed.key
    ORDER BY
        landed.repository, landed.key, landed.gone_at IS NOT NULL, landed.state IS NULL AND landed.created_at IS NULL,
        landed.updated_at DESC NULLS LAST, landed.connection
),

committed AS (
    SELECT
        named.key_repository AS repository,
        named.key,
        min(made.committed_at) AS first_at
    FROM touched_key AS touched
    INNER JOIN landing.commit_link AS named ON touched.repository = named.key_repository AND touched.key = named.key
    LEFT JOIN landing.commit AS made
        ON named.sha = made.sha AND named.repository = made.repository AND made.gone_at IS NULL
    GROUP BY named.key_repository, named.key
),

pulled AS (
    SELECT
        named.key_repository AS repository,
        named.key,
        min(pull.created_at) AS first_at,
        max(pull.author) FILTER (WHERE named.link = 'pull request') AS author,
        max(pull.updated_at) FILTER (WHERE named.link = 'pull request') AS updated_at,
        max(coalesce(pull.merged_at, pull.closed_at)) FILTER (WHERE named.link = 'pull request') AS closed_at,
        bool_or(named.link = 'pull request') AS is_own
    FROM touched_key AS touched
    INNER JOIN landing.pull_link AS named ON touched.repository = named.key_repository AND touched.key = named.key
    INNER JOIN landing.pull_request AS pull ON named.repository = pull.repository AND named.number = pull.number
    WHERE pull.gone_at IS NULL
    GROUP BY named.key_repository, named.key
),

released AS (
    SELECT
        ended.repository,
        ended.key,
        min(ended.deployed_at) AS released_at
    FROM (
        SELECT
            fresh.key_repository AS repository,
            fresh.key,
            fresh.deployed_at
        FROM new_release AS fresh
        WHERE fresh.is_success
        UNION ALL
        SELECT
            touched.repository,
            touched.key,
            known.deployed_at AT TIME ZONE %(zone)s
        FROM touched_key AS touched
        INNER JOIN issues AS issue ON issue.x_key = landing.issue_row_key(touched.repository, touched.key)
        INNER JOIN deployment_pipelines AS known ON issue.id = known.issue_id
        WHERE
            (
                translate(lower(btrim(known.deployment_status)), '- ', '__') LIKE ANY(%(success)s::text [])
                OR known.deployment_status = 'rolled_back'
            )
            AND NOT EXISTS (
                SELECT FROM touched_release AS again
                WHERE
                    again.repository = known.repository
                    AND again.environment = known.environment
                    AND again.release_id = known.release_id
            )
    ) AS ended
    GROUP BY ended.repository, ended.key
),

told AS (
    SELECT
        touched.repository,
        touched.key,
        tracked.number,
        tracked.title,
        tracked.issue_type,
        tracked.priority,
        coalesce(tracked.author, pulled.author) AS author,
        coalesce(tracked.is_tracked, false) AS is_tracked,
        tracked.state,
        tracked.updated_at,
        coalesce(tracked.deleted_at, tracked.gone_at) AS deleted_at,
        coalesce(tracked.created_at, least(committed.first_at, pulled.first_at)) AS created_at,
        CASE
            WHEN tracked.is_tracked THEN tracked.closed_at
            WHEN pulled.is_own THEN pulled.closed_at
            WHEN released.released_at IS NOT NULL
                THEN greatest(released.released_at, least(committed.first_at, pulled.first_at))
        END AS closed_at,
        pulled.updated_at AS pull_updated_at,
        coalesce(pulled.is_own, false) AS is_own,
        committed.first_at AS committed_at
    FROM touched_key AS touched
    LEFT JOIN tracked ON touched.repository = tracked.repository AND touched.key = tracked.key
    LEFT JOIN committed ON touched.repository = committed.repository AND touched.key = committed.key
    LEFT JOIN pulled ON touched.repository = pulled.repository AND touched.key = pulled.key
    LEFT JOIN released ON touched.repository = released.repository AND touched.key = released.key
    WHERE
        tracked.key IS NOT NULL
        OR committed.key IS NOT NULL
        OR pulled.key IS NOT NULL
)

SELECT
    landing.issue_row_key(told.repository, told.key) AS x_key,
    -- ABC-12 and #12 of one repository are two issues: the first is known by its title.
    coalesce(told.number, landing.key_number(told.key)) AS number,
    left(
        coalesce(
            told.title,
            CASE
                WHEN told.is_own THEN 'pull request ' || told.key
                WHEN told.key LIKE 'branch:%%' THEN substr(told.key, 8)
                WHEN told.key LIKE 'release:%%' THEN 'release ' || substr(told.key, 9) || ', commits that name no issue'
                ELSE told.key
            END
        ), 500
    ) AS title,
    told.priority,
    coalesce(told.issue_type, CASE WHEN told.key LIKE 'release:%%' THEN 'release' END) AS issue_type,
    told.repository,
    told.created_at,
    CASE
        WHEN told.is_tracked THEN coalesce(told.updated_at, told.closed_at, told.created_at)
        ELSE greatest(told.created_at, told.closed_at, told.pull_updated_at, told.updated_at)
    END AS updated_at,
    told.closed_at,
    coalesce(told.state, CASE WHEN told.closed_at IS NULL THEN 'open' ELSE 'closed' END) AS state,
    told.author,
    told.deleted_at,
    CASE
        WHEN told.is_tracked THEN 'tracker'
        WHEN told.committed_at IS NULL OR told.is_own THEN 'pull request'
        ELSE 'commits'
    END AS x_link
FROM told;
ANALYZE new_issue (x_key);

-- name: merge
-- updated_at is the origin's. What the origin's clock does not show, as that an issue is gone, is dated now, so that the next
-- run finds the row. What nothing names any more stays, as deleted: rows of the warehouse may point to it.
WITH merged AS (
    INSERT INTO issues AS known (
        number, title, priority, issue_type, repository, created_at, updated_at, closed_at, state, author, deleted_at, x_key, x_link
    )
    SELECT
        fresh.number,
        fresh.title,
        fresh.priority,
        fresh.issue_type,
        fresh.repository,
        fresh.created_at AT TIME ZONE %(zone)s,
        fresh.updated_at AT TIME ZONE %(zone)s,
        fresh.closed_at AT TIME ZONE %(zone)s,
        fresh.state,
        fresh.author,
        fresh.deleted_at AT TIME ZONE %(zone)s,
        fresh.x_key,
        fresh.x_link
    FROM new_issue AS fresh
    ORDER BY fresh.created_at, fresh.x_key
    ON CONFLICT (x_key) DO UPDATE SET
        number = excluded.number,
        title = excluded.title,
        priority = excluded.priority,
        issue_type = excluded.issue_type,
        created_at = excluded.created_at,
        updated_at = CASE
            WHEN excluded.updated_at > known.updated_at OR known.updated_at IS NULL THEN excluded.updated_at
            ELSE now() AT TIME ZONE %(zone)s
        END,
        closed_at = excluded.closed_at,
        state = excluded.state,
        author = excluded.author,
        deleted_at = excluded.deleted_at,
        x_link = excluded.x_link
    WHERE
        (
            known.number, known.title, known.priority, known.issue_type, known.created_at, known.closed_at, known.state,
            known.author, known.deleted_at, known.x_link
        ) IS DISTINCT FROM (
            excluded.number, excluded.title, excluded.priority, excluded.issue_type, excluded.created_at, excluded.closed_at,
            excluded.state, excluded.author, excluded.deleted_at, excluded.x_link
        )
        OR excluded.updated_at > known.updated_at
    RETURNING xmax = 0 AS is_new
),

gone AS (
    UPDATE issues AS known
    SET
        deleted_at = coalesce(known.deleted_at, now() AT TIME ZONE %(zone)s),
        updated_at = now() AT TIME ZONE %(zone)s,
        x_link = NULL
    FROM touched_key AS touched
    WHERE
        known.x_key = landing.issue_row_key(touched.repository, touched.key)
        AND known.x_link IS NOT NULL
        AND NOT EXISTS (SELECT FROM new_issue AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'issues' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_issue) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
