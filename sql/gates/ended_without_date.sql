SELECT batch.ctid, batch.id, batch.issue_id, batch.deployment_status
FROM {batch} AS batch
WHERE batch.deployment_status IN ('success', 'failed', 'rolled_back') AND batch.deployed_at IS NULL;
