SELECT batch.ctid, batch.id, batch.issue_id, batch.deployment_status
FROM {batch} AS batch
WHERE batch.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL') AND batch.deployed_at IS NULL;
