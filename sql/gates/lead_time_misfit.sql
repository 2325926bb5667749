SELECT batch.commit_sha, batch.committed_at, batch.deployed_at, batch.lead_time_seconds
FROM {batch} AS batch
WHERE batch.lead_time_seconds IS DISTINCT FROM extract(EPOCH FROM batch.deployed_at - batch.committed_at);
