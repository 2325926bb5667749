-- Rows whose sha a commit with a lower id has already.
SELECT batch.id, batch.commit_sha, batch.issue_id
FROM {batch} AS batch
WHERE
    EXISTS (
        SELECT 1 FROM staging.commits AS loaded
        WHERE loaded.commit_sha = batch.commit_sha AND loaded.id < batch.id
    )
    OR EXISTS (
        SELECT 1 FROM {batch} AS first
        WHERE first.commit_sha = batch.commit_sha AND first.id < batch.id
    );
