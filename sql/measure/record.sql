INSERT INTO fact_performance_metrics
SELECT m.*
FROM jsonb_populate_record(
    NULL::fact_performance_metrics,
    %(measured)s::jsonb || jsonb_build_object(
        'time_key', to_char(%(measured_at)s AT TIME ZONE %(business_timezone)s, 'YYYYMMDD')::integer,
        'infrastructure_key', coalesce(
            (
                SELECT i.infrastructure_key FROM dim_infrastructure AS i
                WHERE i.resource_id = %(resource_id)s AND i.is_current
            ), -1
        )
    )
) AS m
ON CONFLICT DO NOTHING;
