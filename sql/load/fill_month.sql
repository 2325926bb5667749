SELECT ops.fill_month(
    'filling_fact_agent_execution', 'fact_agent_execution', %(month_key)s, %(run_number)s,
    'completed_at', %(business_timezone)s
) AS inserted;
