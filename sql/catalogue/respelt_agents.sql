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
