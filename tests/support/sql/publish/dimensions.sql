INSERT INTO dim_agent (agent_key, agent_id, agent_name, agent_type, ai_model)
SELECT n, 'agent-' || n, 'Agent ' || n, (ARRAY['CodeGen', 'Review', 'Deployment', 'Issue', 'Coordinator'])[n], 'claude-sonnet-4'
FROM generate_series(1, 5) AS n;

INSERT INTO dim_infrastructure (infrastructure_key, resource_id, resource_type, cloud_provider, region, instance_type, effective_date)
SELECT n, 'resource-' || n, (ARRAY['ECS', 'Lambda', 'EC2'])[n], 'aws', 'ap-northeast-1', 'size-' || n, '1900-01-01'
FROM generate_series(1, 3) AS n;
