SELECT ops.fill_months(
    'new_fact_agent_execution', 'fact_agent_execution', %(months)s::integer [], %(run_number)s,
    'completed_at', %(business_timezone)s
) AS inserted;
