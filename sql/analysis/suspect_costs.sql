-- Executions whose reported cost lies far from the price list, the dearest first, with what the list makes of their tokens.
SELECT
    fact.completed_at,
    agent.agent_name,
    coalesce(fact.llm_model, agent.ai_model, '(unknown)') AS ai_model,
    fact.llm_tokens_input AS input_tokens,
    fact.llm_tokens_output AS output_tokens,
    fact.llm_cost_usd AS reported_usd,
    fact.llm_cost_list_usd AS list_usd,
    fact.llm_cost_list_high_usd AS list_high_usd,
    issue.issue_number,
    fact.execution_id
FROM fact_agent_execution AS fact
LEFT JOIN dim_agent AS agent ON fact.agent_key = agent.agent_key
LEFT JOIN dim_issue AS issue ON fact.issue_key = issue.issue_key
WHERE
    fact.llm_cost_is_suspect
    AND fact.time_key BETWEEN to_char(date_trunc('month', %(first_day)s::date), 'YYYYMMDD')::integer AND to_char(%(last_day)s::date, 'YYYYMM99')::integer
    AND (%(repository)s = '(all)' OR coalesce(issue.repository, '(unknown)') = %(repository)s)
    AND (%(agent)s = '(all)' OR agent.agent_name = %(agent)s)
    AND (%(model)s = '(all)' OR coalesce(fact.llm_model, agent.ai_model, '(unknown)') = %(model)s)
ORDER BY fact.llm_cost_usd DESC, fact.completed_at DESC
LIMIT %(limit)s;
