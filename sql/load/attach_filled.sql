SELECT ops.attach_filled(%(schema)s, 'fact_agent_execution', %(filled_months)s::integer []);
