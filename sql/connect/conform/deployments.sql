-- name: touch
-- Releases that changed, that carry a commit touched or one that a commit touched reverts. The commits of a release are told
-- by its origin; where a connection tells none for an environment, they are those committed, or merged where there is a pull
-- request, after the commit of the success before it and up to its own. The first one carries all that came before it.

CREATE TEMPORARY TABLE changed_release ON COMMIT DROP AS
SELECT
    repository,
    environment,
    release_id
FROM landing.deployment
WHERE changed_by >= %(since)s
UNION
SELECT
    repository,
    environment,
    release_id
FROM landing.deployment_commit
WHERE changed_by >= %(since)s;
ANALYZE changed_release;

-- Commits that name nothing, of releases that changed: whose issue they are may change with these.
CREATE TEMPORARY TABLE released_commit ON COMMIT DROP AS
SELECT DISTINCT
    told.repository,
    told.sha
FROM changed_release AS changed
INNER JOIN landing.deployment_commit AS told
    ON
        changed.repository = told.repository
        AND changed.environment = told.environment
        AND changed.release_id = told.release_id
WHERE
    NOT EXISTS (
        SELECT FROM landing.commit_link AS known
        WHERE known.repository = told.repository AND known.sha = told.sha AND known.link <> 'release'
    );
ANALYZE released_commit;

CREATE TEMPORARY TABLE timed_release ON COMMIT DROP AS
WITH reverted AS (
    SELECT
        undo.repository,
        undo.reverts AS sha
    FROM touched_commit AS touched
    INNER JOIN landing.commit AS undo ON touched.sha = undo.sha AND touched.repository = undo.repository
    WHERE undo.reverts IS NOT NULL
),

touched_moment AS (
    SELECT
        moved.repository,
        min(moved.moment) AS moment
    FROM (
        SELECT
            made.repository,
            made.committed_at AS moment
        FROM (
            SELECT * FROM touched_commit
            UNION ALL
            SELECT * FROM reverted
            UNION ALL
            SELECT * FROM released_commit
        ) AS touched
        INNER JOIN landing.commit AS made ON touched.sha = made.sha AND touched.repository = made.repository
        UNION ALL
        SELECT
            pull.repository,
            pull.merged_at
        FROM touched_pull AS touched
        INNER JOIN landing.pull_request AS pull ON touched.repository = pull.repository AND touched.number = pull.number
        UNION ALL
        SELECT
            repository,
            coalesce(created_at, deployed_at)
        FROM landing.deployment
        WHERE changed_by >= %(since)s
    ) AS moved
    GROUP BY moved.repository
),

there AS (
    SELECT DISTINCT ON (landed.repository, landed.environment, landed.release_id)
        landed.repository,
        landed.environment,
        landed.release_id,
        landed.commit_sha,
        coalesce(landed.created_at, landed.deployed_at) AS begun_at,
        translate(lower(btrim(landed.status)), '- ', '__') LIKE ANY(%(success)s::text []) AS is_success
    FROM touched_moment AS touched
    INNER JOIN landing.deployment AS landed ON touched.repository = landed.repository
    WHERE
        landed.gone_at IS NULL
        AND NOT EXISTS (
            SELECT FROM landing.deployment_commit AS told
            WHERE
                told.connection = landed.connection
                AND told.repository = landed.repository
                AND told.environment = landed.environment
                AND told.gone_at IS NULL
        )
    ORDER BY landed.repository, landed.environment, landed.release_id, landed.updated_at DESC NULLS LAST, landed.connection
),

based AS (
    SELECT
        there.*,
        coalesce(merged.moment, made.moment, there.begun_at) AS upto
    FROM there
    LEFT JOIN LATERAL (
        SELECT min(pull.merged_at) AS moment
        FROM landing.pull_request AS pull
        WHERE pull.merge_commit_sha = there.commit_sha AND pull.repository = there.repository AND pull.gone_at IS NULL
    ) AS merged ON true
    LEFT JOIN LATERAL (
        SELECT min(made.committed_at) AS moment
        FROM landing.commit AS made
        WHERE made.sha = there.commit_sha AND made.repository = there.repository AND made.gone_at IS NULL
    ) AS made ON true
),

spanned AS (
    SELECT
        based.*,
        max(based.upto) FILTER (WHERE based.is_success) OVER (
            PARTITION BY based.repository, based.environment
            ORDER BY based.begun_at, based.release_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS after
    FROM based
)

SELECT
    spanned.repository,
    spanned.environment,
    spanned.release_id,
    coalesce(spanned.after, '-infinity') AS after,
    spanned.upto
FROM spanned
INNER JOIN touched_moment AS touched ON spanned.repository = touched.repository
WHERE greatest(spanned.upto, spanned.begun_at) >= touched.moment;
ANALYZE timed_release;

CREATE TEMPORARY TABLE touched_release ON COMMIT DROP AS
SELECT
    repository,
    environment,
    release_id
FROM changed_release
UNION
SELECT
    told.repository,
    told.environment,
    told.release_id
FROM (SELECT * FROM touched_commit UNION SELECT * FROM released_commit) AS touched
INNER JOIN landing.deployment_commit AS told ON touched.sha = told.sha AND touched.repository = told.repository
UNION
SELECT
    told.repository,
    told.environment,
    told.release_id
FROM touched_commit AS touched
INNER JOIN landing.commit AS undo ON touched.sha = undo.sha AND touched.repository = undo.repository
INNER JOIN landing.deployment_commit AS told ON undo.reverts = told.sha AND undo.repository = told.repository
UNION
SELECT
    repository,
    environment,
    release_id
FROM timed_release;
ANALYZE touched_release;

CREATE TEMPORARY TABLE landed_release ON COMMIT DROP AS
SELECT DISTINCT ON (landed.repository, landed.environment, landed.release_id)
    landed.*,
    translate(lower(btrim(landed.status)), '- ', '__') LIKE ANY(%(success)s::text []) AS is_success
FROM touched_release AS touched
INNER JOIN landing.deployment AS landed
    ON
        touched.repository = landed.repository
        AND touched.environment = landed.environment
        AND touched.release_id = landed.release_id
WHERE landed.gone_at IS NULL
ORDER BY landed.repository, landed.environment, landed.release_id, landed.updated_at DESC NULLS LAST, landed.connection;
ANALYZE landed_release (repository, environment, release_id);

-- name: carry
-- OFFSET 0 has the commits of a span looked up by index, one release after the other.
CREATE TEMPORARY TABLE carried ON COMMIT DROP AS
SELECT
    told.repository,
    told.environment,
    told.release_id,
    told.sha,
    'release' AS link
FROM landed_release AS landed
INNER JOIN landing.deployment_commit AS told
    ON
        landed.repository = told.repository
        AND landed.environment = told.environment
        AND landed.release_id = told.release_id
WHERE told.gone_at IS NULL
UNION
SELECT
    timed.repository,
    timed.environment,
    timed.release_id,
    made.sha,
    'time'
FROM timed_release AS timed
CROSS JOIN LATERAL (
    SELECT inside.*
    FROM landing.commit AS inside
    WHERE
        inside.repository = timed.repository
        AND inside.committed_at > timed.after
        AND inside.committed_at <= timed.upto
        AND inside.gone_at IS NULL
    OFFSET 0
) AS made
WHERE
    NOT EXISTS (
        SELECT FROM landing.pull_request AS pull
        WHERE pull.repository = made.repository AND pull.number = made.pr_number AND pull.gone_at IS NULL
    )
    AND NOT EXISTS (
        SELECT FROM landing.pull_request_commit AS member
        WHERE member.sha = made.sha AND member.repository = made.repository AND member.gone_at IS NULL
    )
    AND NOT EXISTS (
        SELECT FROM landing.pull_request AS pull
        WHERE pull.merge_commit_sha = made.sha AND pull.repository = made.repository AND pull.gone_at IS NULL
    )
UNION
SELECT
    timed.repository,
    timed.environment,
    timed.release_id,
    member.sha,
    'time'
FROM timed_release AS timed
CROSS JOIN LATERAL (
    SELECT inside.*
    FROM landing.pull_request AS inside
    WHERE
        inside.repository = timed.repository
        AND inside.merged_at > timed.after
        AND inside.merged_at <= timed.upto
        AND inside.gone_at IS NULL
    OFFSET 0
) AS pull
INNER JOIN LATERAL (
    SELECT inside.sha
    FROM landing.pull_request_commit AS inside
    WHERE inside.repository = pull.repository AND inside.number = pull.number AND inside.gone_at IS NULL
    UNION
    SELECT pull.merge_commit_sha
    WHERE pull.merge_commit_sha IS NOT NULL
    UNION
    SELECT made.sha
    FROM landing.commit AS made
    WHERE made.repository = pull.repository AND made.pr_number = pull.number AND made.gone_at IS NULL
) AS member ON true;
CREATE INDEX ON carried (sha, repository);
ANALYZE carried;

-- Commits of a release that name nothing are one issue of that release: they were released, so they have a lead time. Of
-- several releases it is the first one, those that tell their commits before those that are known by time.
CREATE TEMPORARY TABLE unnamed_commit ON COMMIT DROP AS
SELECT
    carried.repository,
    carried.sha
FROM carried
WHERE
    NOT EXISTS (
        SELECT FROM landing.commit_link AS known
        WHERE known.repository = carried.repository AND known.sha = carried.sha AND known.link <> 'release'
    )
UNION
SELECT
    known.repository,
    known.sha
FROM touched_release AS touched
INNER JOIN landing.commit_link AS known
    ON touched.repository = known.key_repository AND known.key = 'release:' || touched.release_id
WHERE known.link = 'release';
ANALYZE unnamed_commit;

CREATE TEMPORARY TABLE carrying_release ON COMMIT DROP AS
SELECT DISTINCT ON (candidate.repository, candidate.sha)
    candidate.repository,
    candidate.sha,
    'release:' || candidate.release_id AS key
FROM (
    SELECT
        told.repository,
        told.sha,
        told.environment,
        told.release_id,
        1 AS place
    FROM unnamed_commit AS unnamed
    INNER JOIN landing.deployment_commit AS told ON unnamed.sha = told.sha AND unnamed.repository = told.repository
    WHERE told.gone_at IS NULL
    UNION ALL
    SELECT
        carried.repository,
        carried.sha,
        carried.environment,
        carried.release_id,
        2
    FROM unnamed_commit AS unnamed
    INNER JOIN carried ON unnamed.sha = carried.sha AND unnamed.repository = carried.repository
    WHERE carried.link = 'time'
    UNION ALL
    SELECT
        known.repository,
        known.sha,
        landed.environment,
        landed.release_id,
        2
    FROM unnamed_commit AS unnamed
    INNER JOIN landing.commit_link AS known ON unnamed.sha = known.sha AND unnamed.repository = known.repository
    INNER JOIN landing.deployment AS landed
        ON known.repository = landed.repository AND landed.release_id = substr(known.key, 9)
    WHERE
        known.link = 'release'
        AND NOT EXISTS (
            SELECT FROM touched_release AS touched
            WHERE touched.repository = landed.repository AND touched.release_id = landed.release_id
        )
) AS candidate
INNER JOIN landing.deployment AS landed
    ON
        candidate.repository = landed.repository
        AND candidate.environment = landed.environment
        AND candidate.release_id = landed.release_id
INNER JOIN landing.commit AS made ON candidate.sha = made.sha AND candidate.repository = made.repository
WHERE landed.gone_at IS NULL AND made.gone_at IS NULL
ORDER BY
    candidate.repository, candidate.sha, candidate.place, coalesce(landed.created_at, landed.deployed_at) ASC NULLS LAST,
    candidate.release_id;

INSERT INTO touched_key (repository, key)
SELECT
    known.key_repository,
    known.key
FROM unnamed_commit AS unnamed
INNER JOIN landing.commit_link AS known ON unnamed.sha = known.sha AND unnamed.repository = known.repository
UNION
SELECT
    repository,
    key
FROM carrying_release
ON CONFLICT DO NOTHING;
DELETE FROM landing.commit_link AS known
USING unnamed_commit AS unnamed
WHERE known.repository = unnamed.repository AND known.sha = unnamed.sha AND known.link = 'release';
INSERT INTO landing.commit_link (repository, sha, key_repository, key, link, place)
SELECT
    repository,
    sha,
    repository,
    key,
    'release',
    1
FROM carrying_release;

INSERT INTO touched_commit (repository, sha)
SELECT
    repository,
    sha
FROM unnamed_commit
EXCEPT
SELECT
    repository,
    sha
FROM touched_commit;

-- A release carries an issue once. A success of which a commit was reverted later is rolled back, for that issue alone.
CREATE TEMPORARY TABLE new_release ON COMMIT DROP AS
WITH reverted AS (
    SELECT carried.*
    FROM carried
    INNER JOIN landing.commit AS undo ON carried.sha = undo.reverts AND carried.repository = undo.repository
    WHERE
        undo.gone_at IS NULL
        AND NOT EXISTS (
            SELECT FROM carried AS beside
            WHERE
                beside.sha = undo.sha
                AND beside.repository = carried.repository
                AND beside.environment = carried.environment
                AND beside.release_id = carried.release_id
        )
),

linked AS (
    SELECT
        carried.repository,
        carried.environment,
        carried.release_id,
        named.key_repository,
        named.key,
        min(carried.link) AS link,
        bool_or(reverted.sha IS NOT NULL) AS is_reverted
    FROM carried
    INNER JOIN landing.commit_link AS named
        ON carried.sha = named.sha AND carried.repository = named.repository
    LEFT JOIN reverted
        ON
            carried.sha = reverted.sha
            AND carried.repository = reverted.repository
            AND carried.environment = reverted.environment
            AND carried.release_id = reverted.release_id
    GROUP BY carried.repository, carried.environment, carried.release_id, named.key_repository, named.key
)

SELECT
    concat_ws(' | ', landed.repository, landed.environment, landed.release_id, landing.issue_row_key(linked.key_repository, linked.key))
        AS x_key,
    landed.repository,
    landed.environment,
    landed.release_id,
    landed.commit_sha,
    landed.duration_seconds,
    landed.created_at,
    landed.deployed_at,
    landed.updated_at,
    landed.is_success,
    linked.key_repository,
    linked.key,
    linked.link,
    CASE WHEN landed.is_success AND linked.is_reverted THEN 'rolled_back' ELSE landed.status END AS status,
    CASE
        WHEN linked.key IS NOT NULL THEN NULL
        WHEN
            EXISTS (
                SELECT FROM carried
                WHERE
                    carried.repository = landed.repository
                    AND carried.environment = landed.environment
                    AND carried.release_id = landed.release_id
            )
            THEN 'no connection tells its commits'
        ELSE 'carries no commit'
    END AS reason
FROM landed_release AS landed
LEFT JOIN linked
    ON
        landed.repository = linked.repository
        AND landed.environment = linked.environment
        AND landed.release_id = linked.release_id;
ANALYZE new_release (key);

INSERT INTO touched_key (repository, key)
SELECT DISTINCT
    key_repository,
    key
FROM new_release
WHERE key IS NOT NULL
UNION
SELECT
    issue.repository,
    substr(issue.x_key, length(issue.repository) + 2)
FROM touched_release AS touched
INNER JOIN deployment_pipelines AS known
    ON
        touched.repository = known.repository
        AND touched.environment = known.environment
        AND touched.release_id = known.release_id
INNER JOIN issues AS issue ON known.issue_id = issue.id
ON CONFLICT DO NOTHING;

-- name: merge
-- A further row of a release that is known already has no moment of its own, nor has a change that its origin did not date:
-- updated_at is then now.
WITH merged AS (
    INSERT INTO deployment_pipelines AS known (
        issue_id, deployment_status, deployment_duration_seconds, environment, deployed_at, created_at, release_id, repository,
        commit_sha, updated_at, x_key, x_link, x_unlinked
    )
    SELECT
        issue.id,
        fresh.status,
        fresh.duration_seconds,
        fresh.environment,
        fresh.deployed_at AT TIME ZONE %(zone)s,
        fresh.created_at AT TIME ZONE %(zone)s,
        fresh.release_id,
        fresh.repository,
        fresh.commit_sha,
        CASE
            WHEN
                EXISTS (
                    SELECT FROM deployment_pipelines AS part
                    WHERE
                        part.repository = fresh.repository
                        AND part.environment = fresh.environment
                        AND part.release_id = fresh.release_id
                )
                AND NOT EXISTS (SELECT FROM deployment_pipelines AS part WHERE part.x_key = fresh.x_key)
                THEN now()
            ELSE coalesce(fresh.updated_at, fresh.deployed_at, fresh.created_at)
        END AT TIME ZONE %(zone)s,
        fresh.x_key,
        fresh.link,
        fresh.reason
    FROM new_release AS fresh
    LEFT JOIN issues AS issue ON issue.x_key = landing.issue_row_key(fresh.key_repository, fresh.key)
    ON CONFLICT (x_key) DO UPDATE SET
        issue_id = excluded.issue_id,
        deployment_status = excluded.deployment_status,
        deployment_duration_seconds = excluded.deployment_duration_seconds,
        deployed_at = excluded.deployed_at,
        created_at = excluded.created_at,
        commit_sha = excluded.commit_sha,
        updated_at = CASE
            WHEN excluded.updated_at > known.updated_at THEN excluded.updated_at
            ELSE now() AT TIME ZONE %(zone)s
        END,
        x_link = excluded.x_link,
        x_unlinked = excluded.x_unlinked
    WHERE
        (
            known.issue_id, known.deployment_status, known.deployment_duration_seconds, known.deployed_at, known.created_at,
            known.commit_sha, known.x_link, known.x_unlinked
        ) IS DISTINCT FROM (
            excluded.issue_id, excluded.deployment_status, excluded.deployment_duration_seconds, excluded.deployed_at,
            excluded.created_at, excluded.commit_sha, excluded.x_link, excluded.x_unlinked
        )
        OR excluded.updated_at > known.updated_at
    RETURNING xmax = 0 AS is_new
),

gone AS (
    DELETE FROM deployment_pipelines AS known
    USING touched_release AS touched
    WHERE
        known.repository = touched.repository
        AND known.environment = touched.environment
        AND known.release_id = touched.release_id
        AND NOT EXISTS (SELECT FROM new_release AS fresh WHERE fresh.x_key = known.x_key)
    RETURNING 1
)

SELECT
    'deployment_pipelines' AS "table",
    (SELECT count(*) FROM merged WHERE is_new) AS inserted,
    (SELECT count(*) FROM merged WHERE NOT is_new) AS updated,
    (SELECT count(*) FROM new_release) - (SELECT count(*) FROM merged) AS unchanged,
    (SELECT count(*) FROM gone) AS deleted;
