-- name: calendar_bounds
SELECT
    min(full_date) AS first,
    max(full_date) AS last
FROM dim_time;

-- name: close_infrastructure
UPDATE dim_infrastructure AS held
SET
    expiration_date = %(as_of)s,
    is_current = false,
    record_updated_at = now()
FROM wanted_infrastructure AS wanted
WHERE held.infrastructure_key = wanted.held_key AND NOT wanted.is_correction AND NOT wanted.is_unchanged;

-- name: copy_in
-- The header must name the columns of the table, in order: a misspelt or missing column is an error, not a null.
COPY {incoming} FROM STDIN (FORMAT csv, HEADER MATCH, ENCODING 'UTF8');

-- name: count_infrastructure
SELECT
    count(*) FILTER (WHERE held_key IS NULL) AS inserted,
    count(*) FILTER (WHERE held_key IS NOT NULL AND NOT is_unchanged) AS updated,
    count(*) FILTER (WHERE is_unchanged) AS unchanged,
    0 AS deleted
FROM wanted_infrastructure;

-- name: count_rows
SELECT count(*) AS rows
FROM {table};

-- name: faulty_aliases
-- Aliases that name nobody, and aliases that are another member's own name.
SELECT
    spelled.alias,
    spelled.{member} AS member,
    owner.{member} AS own_name_of
FROM {aliases} AS spelled
LEFT JOIN {members} AS named ON spelled.{member} = named.{member}
LEFT JOIN {members} AS owner
    ON lower(btrim(spelled.alias)) = lower(owner.{member}) AND spelled.{member} <> owner.{member}
WHERE named.{member} IS NULL OR owner.{member} IS NOT NULL
ORDER BY spelled.alias
LIMIT 1;

-- name: forget_deployments
-- Deployments whose words now mean something else: a digest that is not the source's makes the next run, or the weekly
-- reconciliation, read them again.
UPDATE staging.deployment_pipelines AS known
SET row_hash = 0
WHERE known.row_hash <> 0 AND (%(every)s OR ops.environment_name(known.environment) <> known.environment);

-- name: forget_repositories
WITH spelt AS MATERIALIZED (
    SELECT named.repository
    FROM (
        SELECT repository FROM staging.issues
        UNION
        SELECT repository FROM staging.deployment_pipelines
        UNION
        SELECT repository FROM staging.commits
    ) AS named
    WHERE %(every)s OR ops.repository_name(named.repository) <> named.repository
),

issues AS (
    UPDATE staging.issues SET row_hash = 0 WHERE row_hash <> 0 AND repository IN (SELECT spelt.repository FROM spelt)
),

deployments AS (
    UPDATE staging.deployment_pipelines SET row_hash = 0
    WHERE row_hash <> 0 AND repository IN (SELECT spelt.repository FROM spelt)
)

UPDATE staging.commits SET row_hash = 0
WHERE row_hash <> 0 AND repository IN (SELECT spelt.repository FROM spelt);

-- name: insert_missing
-- Second half of replacing a table by its file.
INSERT INTO {target}
SELECT * FROM {incoming}
EXCEPT
SELECT * FROM {target};

-- name: overlapping_prices
-- Two prices of one model that hold on the same day.
SELECT
    earlier.llm_provider,
    earlier.llm_model,
    later.valid_from
FROM incoming_model_prices AS earlier
INNER JOIN incoming_model_prices AS later
    ON
        earlier.llm_provider = later.llm_provider
        AND earlier.llm_model = later.llm_model
        AND earlier.valid_from < later.valid_from
        AND coalesce(earlier.valid_to, 'infinity') > later.valid_from
ORDER BY earlier.llm_provider, earlier.llm_model, later.valid_from
LIMIT 1;

-- name: respelt_agents
-- Inferred agents whose spelling the catalogue now gives to another agent.
DROP TABLE IF EXISTS pg_temp.respelt_agent;
CREATE TEMPORARY TABLE respelt_agent ON COMMIT DROP AS
SELECT
    inferred.agent_key AS old_key,
    inferred.agent_id AS spelling,
    named.*
FROM dim_agent AS inferred
INNER JOIN agent_alias AS alias ON alias.alias = lower(btrim(inferred.agent_id))
INNER JOIN dim_agent AS named ON alias.agent_id = named.agent_id
WHERE inferred.is_inferred AND inferred.agent_key <> named.agent_key;

SELECT count(*) AS agents
FROM respelt_agent;
