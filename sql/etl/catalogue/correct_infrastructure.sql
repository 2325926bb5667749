UPDATE dim_infrastructure AS held
SET
    resource_type = wanted.resource_type,
    resource_name = wanted.resource_name,
    cloud_provider = wanted.cloud_provider,
    region = wanted.region,
    availability_zone = wanted.availability_zone,
    instance_type = wanted.instance_type,
    cpu_count = wanted.cpu_count,
    memory_gb = wanted.memory_gb,
    storage_gb = wanted.storage_gb,
    storage_type = wanted.storage_type,
    vpc_id = wanted.vpc_id,
    subnet_id = wanted.subnet_id,
    security_group_ids = wanted.security_group_ids,
    hourly_cost_usd = wanted.hourly_cost_usd,
    monthly_cost_usd = wanted.monthly_cost_usd,
    environment = wanted.environment,
    tags = wanted.tags,
    is_inferred = false,
    record_updated_at = now()
FROM wanted_infrastructure AS wanted
WHERE held.infrastructure_key = wanted.held_key AND wanted.is_correction AND NOT wanted.is_unchanged
