SELECT
    batch.agent_id,
    alias.agent_id AS meant_agent_id
FROM {batch} AS batch
INNER JOIN agent_alias AS alias ON alias.alias = batch.agent_id
WHERE alias.agent_id <> batch.agent_id;
