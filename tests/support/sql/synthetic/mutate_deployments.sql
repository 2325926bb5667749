-- A success turns out to be none a week later; what was still running ends.
UPDATE deployment_pipelines
SET
    deployment_status = CASE
        WHEN deployment_status = 'success' THEN 'rolled_back'
        ELSE pg_temp.pick('{success,success,failed}', pg_temp.chance(%(seed)s, 112, id))
    END,
    deployed_at = coalesce(deployed_at, date_trunc('seconds', %(as_of)s::timestamp - interval '10 minutes'))
WHERE
    pg_temp.chance(%(seed)s, 111, id) < %(share)s
    AND (
        (deployment_status = 'success' AND deployed_at < %(as_of)s::timestamp - interval '7 days')
        OR (deployment_status IN ('pending', 'running') AND created_at < %(as_of)s::timestamp - interval '1 hour')
    )
