-- What an earlier load of the same batch has left. What a load does not make is found empty in the schema unread, as are the
-- source tables that its pipeline does not read.
DROP VIEW IF EXISTS remaining_fact_agent_execution, new_fact_agent_execution;
DROP TABLE IF EXISTS
    restated_issue,
    touched_issue,
    wanted_issue,
    new_version,
    new_bridge_issue_label,
    execution_agent,
    day_price,
    touched_code_gen_task,
    touched_deployment,
    touched_sha,
    new_fact_code_generation,
    new_fact_deployment,
    new_fact_code_change,
    new_fact_issue_processing;
