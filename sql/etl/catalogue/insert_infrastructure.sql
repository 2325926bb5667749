-- New resources, and the next version of those whose last one has just been closed.
INSERT INTO dim_infrastructure (
    resource_id, resource_type, resource_name, cloud_provider, region, availability_zone, instance_type,
    cpu_count, memory_gb, storage_gb, storage_type, vpc_id, subnet_id, security_group_ids,
    hourly_cost_usd, monthly_cost_usd, environment, tags, effective_date, version
)
SELECT
    wanted.resource_id, wanted.resource_type, wanted.resource_name, wanted.cloud_provider, wanted.region,
    wanted.availability_zone, wanted.instance_type, wanted.cpu_count, wanted.memory_gb, wanted.storage_gb,
    wanted.storage_type, wanted.vpc_id, wanted.subnet_id, wanted.security_group_ids,
    wanted.hourly_cost_usd, wanted.monthly_cost_usd, wanted.environment, wanted.tags,
    -- A first version also holds for the time before anybody wrote it down.
    coalesce(latest.expiration_date, '1900-01-01 00:00:00+00') AS effective_date,
    coalesce(latest.version, 0) + 1 AS version
FROM wanted_infrastructure AS wanted
LEFT JOIN LATERAL (
    SELECT
        held.expiration_date,
        held.version
    FROM dim_infrastructure AS held
    WHERE held.resource_id = wanted.resource_id
    ORDER BY held.version DESC
    LIMIT 1
) AS latest ON true
WHERE NOT EXISTS (
    SELECT 1 FROM dim_infrastructure AS held WHERE held.resource_id = wanted.resource_id AND held.is_current
)
