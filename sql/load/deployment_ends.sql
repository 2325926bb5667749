-- What staging has seen of each deployment that changed. An end once seen is kept when the row is tried again in place:
--   another state and a later deployed_at       a new end: what failed on Monday and succeeds on Tuesday did both
--   any end and a later deployed_at, after the row was seen pending or running again    a new end too
--   rolled back                                 the same end, which keeps its first deployed_at and is a failure now
--   the same state, the same moment or an earlier one                                   a correction of the last end
--   pending, running, or cancelled and the like                                         no end; those seen before stay
-- A row that the source deleted takes its ends with it; one that is quarantined keeps them until it is repaired.
DELETE FROM staging.deployment_end AS seen
USING vanished AS gone
WHERE
    gone.source_table = 'deployment_pipelines'
    AND seen.deployment_id = gone.id
    AND NOT EXISTS (SELECT 1 FROM staging.deployment_pipelines AS staged WHERE staged.id = gone.id);

INSERT INTO staging.deployment_end AS known (deployment_id, end_number, deployment_status, deployed_at)
SELECT
    staged.id,
    CASE
        WHEN latest.end_number IS NULL THEN 1
        WHEN
            staged.deployment_status <> 'ROLLED_BACK'
            AND staged.deployed_at > latest.deployed_at
            AND (
                staged.deployment_status <> latest.deployment_status
                OR changed.old_deployment_status IN ('PENDING', 'RUNNING')
            )
            THEN latest.end_number + 1
        ELSE latest.end_number
    END,
    staged.deployment_status,
    CASE
        -- A correction of the moment that the end has from the row itself.
        WHEN
            latest.deployment_status = 'ROLLED_BACK'
            AND latest.deployed_at = changed.old_deployed_at
            AND changed.old_deployment_status = 'ROLLED_BACK'
            THEN staged.deployed_at
        WHEN staged.deployment_status = 'ROLLED_BACK' THEN least(latest.deployed_at, staged.deployed_at)
        ELSE staged.deployed_at
    END
FROM change_deployment_pipelines AS changed
INNER JOIN staging.deployment_pipelines AS staged ON changed.id = staged.id
LEFT JOIN LATERAL (
    SELECT
        seen.end_number,
        seen.deployment_status,
        seen.deployed_at
    FROM staging.deployment_end AS seen
    WHERE seen.deployment_id = staged.id
    ORDER BY seen.end_number DESC
    LIMIT 1
) AS latest ON true
WHERE
    staged.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL')
    AND staged.deployed_at IS NOT NULL
ON CONFLICT (deployment_id, end_number) DO UPDATE SET
    deployment_status = excluded.deployment_status,
    deployed_at = excluded.deployed_at
WHERE (known.deployment_status, known.deployed_at) IS DISTINCT FROM (excluded.deployment_status, excluded.deployed_at);
