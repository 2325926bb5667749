-- A member's own name is always one of its spellings. Spellings that the load inferred for other members are left alone.
WITH wanted AS (
    SELECT
        lower(btrim(alias)) AS alias,
        {member} AS member
    FROM {aliases}
    UNION
    SELECT
        lower({member}) AS alias,
        {member} AS member
    FROM {members}
),

removed AS (
    DELETE FROM {target} AS held
    WHERE
        held.{member} IN (SELECT named.{member} FROM {members} AS named)
        AND NOT EXISTS (SELECT 1 FROM wanted WHERE wanted.alias = held.alias)
    RETURNING held.alias
),

changed AS (
    UPDATE {target} AS held
    SET {member} = wanted.member
    FROM wanted
    WHERE held.alias = wanted.alias AND held.{member} <> wanted.member
    RETURNING held.alias
),

added AS (
    INSERT INTO {target} (alias, {member})
    SELECT
        wanted.alias,
        wanted.member
    FROM wanted
    WHERE NOT EXISTS (SELECT 1 FROM {target} AS held WHERE held.alias = wanted.alias)
    RETURNING alias
)

SELECT
    (SELECT count(*) FROM added) AS inserted,
    (SELECT count(*) FROM changed) AS updated,
    (SELECT count(*) FROM wanted) - (SELECT count(*) FROM added) - (SELECT count(*) FROM changed) AS unchanged,
    (SELECT count(*) FROM removed) AS deleted
