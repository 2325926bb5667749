-- The catalogue's resources in the shape of the dimension, beside the version now in force.
DROP TABLE IF EXISTS pg_temp.wanted_infrastructure;
CREATE TEMPORARY TABLE wanted_infrastructure ON COMMIT DROP AS
WITH wanted AS (
    SELECT
        resource_id, resource_type, resource_name, cloud_provider, region, availability_zone, instance_type,
        cpu_count, memory_gb, storage_gb, storage_type, vpc_id, subnet_id,
        coalesce(string_to_array(security_group_ids, ';'), '{}') AS security_group_ids,
        hourly_cost_usd, monthly_cost_usd, environment,
        coalesce(tags, '{}') AS tags
    FROM incoming_infrastructure
)

SELECT
    wanted.*,
    held.infrastructure_key AS held_key,
    -- A version that only facts have named, or that began no earlier than this change, is corrected and not followed.
    coalesce(held.is_inferred OR held.effective_date >= %(as_of)s, false) AS is_correction,
    held.infrastructure_key IS NOT NULL AND NOT held.is_inferred AND NOT ((
        wanted.resource_type, wanted.resource_name, wanted.cloud_provider, wanted.region, wanted.availability_zone,
        wanted.instance_type, wanted.cpu_count, wanted.memory_gb, wanted.storage_gb, wanted.storage_type,
        wanted.vpc_id, wanted.subnet_id, wanted.security_group_ids, wanted.hourly_cost_usd, wanted.monthly_cost_usd,
        wanted.environment, wanted.tags
    ) IS DISTINCT FROM (
        held.resource_type, held.resource_name, held.cloud_provider, held.region, held.availability_zone,
        held.instance_type, held.cpu_count, held.memory_gb, held.storage_gb, held.storage_type,
        held.vpc_id, held.subnet_id, held.security_group_ids, held.hourly_cost_usd, held.monthly_cost_usd,
        held.environment, held.tags
    )) AS is_unchanged
FROM wanted
LEFT JOIN dim_infrastructure AS held ON wanted.resource_id = held.resource_id AND held.is_current
