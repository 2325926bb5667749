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

-- name: copy_prices
COPY package_prices FROM STDIN (FORMAT csv, ENCODING 'UTF8');

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

-- name: judge_again
-- The next load decides of all commits again whether a coding agent made them.
INSERT INTO ops.unjudged_month (month_key)
SELECT DISTINCT fact.time_key / 100
FROM bridge_change_commit AS fact
ON CONFLICT DO NOTHING;

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

-- name: wanted_prices
-- Rows of our own win over all that the package lists of the same provider and model. Of several of its models that the rules
-- bring to one name, the one called so is taken, of Bedrock's the one without a region.
INSERT INTO wanted_model_prices
SELECT
    own.llm_provider,
    own.llm_model,
    own.valid_from,
    own.valid_to,
    own.input_usd_per_million_tokens,
    own.output_usd_per_million_tokens,
    own.cache_read_usd_per_million_tokens,
    own.cache_write_usd_per_million_tokens,
    own.source_note,
    own.cache_write_1h_usd_per_million_tokens,
    'own'
FROM incoming_model_prices AS own;

INSERT INTO wanted_model_prices
WITH named AS (
    SELECT DISTINCT ON (listed.llm_provider, told.llm_model)
        listed.llm_provider,
        told.llm_model,
        listed.name,
        listed.model_id
    FROM package_prices AS listed
    INNER JOIN describe_models(ARRAY(SELECT DISTINCT spelt.name FROM package_prices AS spelt)) AS told ON told.spelling = listed.name
    WHERE told.llm_model IS NOT NULL
    ORDER BY
        listed.llm_provider,
        told.llm_model,
        listed.name <> told.llm_model,
        listed.name <> listed.model_id,
        starts_with(listed.name, 'regional.'),
        length(listed.name),
        listed.name
)

SELECT
    named.llm_provider,
    named.llm_model,
    listed.valid_from,
    listed.valid_to,
    listed.input_usd,
    listed.output_usd,
    listed.cache_read_usd,
    -- Anthropic's rule where a seller does not repeat it: 1.25 times the input for five minutes, twice for an hour.
    coalesce(listed.cache_write_usd, CASE WHEN starts_with(named.llm_model, 'claude-') THEN listed.input_usd * 1.25 END),
    listed.note || CASE WHEN listed.model_id <> named.llm_model THEN ', ' || listed.model_id ELSE '' END,
    coalesce(listed.cache_write_1h_usd, CASE WHEN starts_with(named.llm_model, 'claude-') THEN listed.input_usd * 2 END),
    'genai-prices'
FROM named
INNER JOIN package_prices AS listed
    ON named.llm_provider = listed.llm_provider AND named.name = listed.name AND named.model_id = listed.model_id
WHERE
    NOT EXISTS (
        SELECT 1 FROM incoming_model_prices AS own
        WHERE own.llm_provider = named.llm_provider AND own.llm_model = named.llm_model
    );
